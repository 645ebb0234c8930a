/**
 * Managing our webhooks at Attio (Attio docs: webhooks). The secret is in the answer to the creation and nowhere else, so the
 * caller stores it before anything else; there is no rotation but delete and create.
 */
import { z } from 'zod'
import type { AttioClient, Call, CallOptions } from './client.ts'
import { SUBSCRIBED_EVENTS } from './envelope.ts'
import { AttioError, isAttioError } from './error.ts'
import { type Webhook, webhookSchema } from './payload.ts'
import { get, slug } from './reads.ts'

const PAGE = 100
const one = z.looseObject({ data: webhookSchema })
const several = z.looseObject({ data: z.array(webhookSchema) })

/** All webhooks the token sees, its own app's included; without secrets. */
export async function listWebhooks(client: AttioClient, options?: CallOptions): Promise<readonly Webhook[]> {
  const found = new Map<string, Webhook>()
  for (let offset = 0; ; offset += PAGE) {
    const call = { ...get('/v2/webhooks', '/v2/webhooks'), query: { limit: PAGE, offset } }
    const { data } = parse(several, call, (await client.call(call, options)).json)
    for (const webhook of data) found.set(webhook.id.webhook_id, webhook)
    if (data.length < PAGE) return [...found.values()]
  }
}

/** @throws AttioError `not-found`. */
export async function getWebhook(client: AttioClient, webhook: string, options?: CallOptions): Promise<Webhook> {
  const call = get('/v2/webhooks/{webhook}', `/v2/webhooks/${slug(webhook)}`)
  return parse(one, call, (await client.call(call, options)).json).data
}

/** A webhook for everything we follow. Not tried again on a lost answer: the secret would be lost with it. */
export async function createWebhook(
  client: AttioClient,
  targetUrl: string,
  options?: CallOptions,
): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
  // Attio on the wire: `filter` must be there, null allowed; leaving it out is a 400.
  const subscriptions = SUBSCRIBED_EVENTS.map((event_type) => ({ event_type, filter: null }))
  const call: Call = {
    method: 'POST',
    route: '/v2/webhooks',
    path: '/v2/webhooks',
    body: { data: { target_url: targetUrl, subscriptions } },
    repeatable: false,
  }
  const webhook = parse(one, call, (await client.call(call, options)).json).data
  if (webhook.secret === undefined) throw new AttioError('unavailable', { route: 'POST /v2/webhooks' })
  return { webhook, secret: webhook.secret }
}

/** Deletes it; one that is gone already is no error. */
export async function deleteWebhook(client: AttioClient, webhook: string, options?: CallOptions): Promise<void> {
  const route = '/v2/webhooks/{webhook}'
  try {
    await client.call({ method: 'DELETE', route, path: `/v2/webhooks/${slug(webhook)}`, repeatable: true }, options)
  } catch (error) {
    if (!isAttioError(error, 'not-found')) throw error
  }
}

function parse<T>(schema: z.ZodType<T>, call: Call, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new AttioError('unavailable', { route: `${call.method} ${call.route}` })
  return parsed.data
}
