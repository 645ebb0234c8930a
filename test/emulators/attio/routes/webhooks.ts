/** Webhook management over REST; the secret is in the creating answer and nowhere else. */
import { type Route, sliceOf, wholeParam } from '../http/call.ts'
import { wireWebhook } from '../wire/things.ts'
import { createWebhook, type Registration, readRegistration, webhookOf } from '../world/webhooks.ts'

const path = '/v2/webhooks'
export const webhookRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    scopes: ['webhook:read'],
    budgets: ['read'],
    run: (call) => {
      const limit = wholeParam(call, 'limit', 10, { min: 10, max: 100 })
      const page = sliceOf([...call.scene.workspace.webhooks.values()], wholeParam(call, 'offset', 0), limit)
      return { json: { data: page.map((webhook) => wireWebhook(call.scene.workspace, webhook)) } }
    },
  },
  {
    method: 'POST',
    path,
    scopes: ['webhook:read-write'],
    budgets: ['write'],
    run: (call) => {
      const webhook = createWebhook(call.scene, readRegistration(call.scene, call.body, false) as Registration)
      return { json: { data: { ...wireWebhook(call.scene.workspace, webhook), secret: webhook.secret } } }
    },
  },
  {
    method: 'GET',
    path: `${path}/:webhook_id`,
    scopes: ['webhook:read'],
    budgets: ['read'],
    run: ({ scene, params }) => ({
      json: { data: wireWebhook(scene.workspace, webhookOf(scene, params.webhook_id ?? '')) },
    }),
  },
  {
    method: 'PATCH',
    path: `${path}/:webhook_id`,
    scopes: ['webhook:read-write'],
    budgets: ['write'],
    run: (call) => {
      const webhook = webhookOf(call.scene, call.params.webhook_id ?? '')
      const change = readRegistration(call.scene, call.body, true)
      if (change.target_url !== undefined) webhook.url = change.target_url
      if (change.subscriptions !== undefined) webhook.subscriptions = change.subscriptions
      if (webhook.status !== 'active') {
        webhook.status = 'active'
        webhook.degradedAt = null
      }
      return { json: { data: wireWebhook(call.scene.workspace, webhook) } }
    },
  },
  {
    method: 'DELETE',
    path: `${path}/:webhook_id`,
    scopes: ['webhook:read-write'],
    budgets: ['write'],
    run: ({ scene, params }) => {
      scene.workspace.webhooks.delete(webhookOf(scene, params.webhook_id ?? '').id)
      return { json: {} }
    },
  },
]
