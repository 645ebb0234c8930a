/**
 * For tests: the calls connecting makes to Attio (self, webhooks) and the webhook URL itself, on one port. Everything else
 * of Attio is test/emulators/attio.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { REQUIRED_SCOPES, verifySignature } from '@attio-stream/attio'

export interface Hook {
  readonly id: { readonly workspace_id: string; readonly webhook_id: string }
  readonly target_url: string
  readonly subscriptions: readonly { readonly event_type: string; readonly filter: unknown }[]
  readonly status: string
}

export interface SmallAttio {
  readonly token: string
  readonly workspace: string
  scopes: string
  answer: 'active' | 'inactive' | 'refused'
  refuseWebhook: boolean
  deliveryStatus: number
  readonly hooks: Map<string, Hook>
  readonly secrets: Map<string, string>
  readonly deliveries: { readonly url: string; readonly signed: boolean }[]
}

export function newAttio(): SmallAttio {
  return {
    token: `tok-${randomUUID()}`,
    workspace: randomUUID(),
    scopes: [...REQUIRED_SCOPES, 'comment:read'].join(' '),
    answer: 'active',
    refuseWebhook: false,
    deliveryStatus: 200,
    hooks: new Map(),
    secrets: new Map(),
    deliveries: [],
  }
}

/** Listens on a free loopback port and answers for whichever Attio it is now. */
export async function serveAttio(now: () => SmallAttio): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const [status, json] = reply(now(), method, url, Buffer.concat(chunks).toString(), headers)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function reply(
  attio: SmallAttio,
  method: string,
  url: string,
  body: string,
  headers: Record<string, unknown>,
): [number, unknown] {
  const path = url.split('?')[0] ?? ''
  if (path.startsWith('/webhooks/attio/')) {
    const { webhook_id } = JSON.parse(body) as { webhook_id: string }
    const secret = attio.secrets.get(webhook_id) ?? ''
    attio.deliveries.push({
      url,
      signed: verifySignature(secret, Buffer.from(body), [String(headers['attio-signature'])]),
    })
    return [attio.deliveryStatus, {}]
  }
  const refusal = { status_code: 401, type: 'auth_error', code: 'unauthorized', message: 'no' }
  if (attio.answer === 'refused' || headers.authorization !== `Bearer ${attio.token}`) return [401, refusal]
  if (path === '/v2/self') {
    if (attio.answer === 'inactive') return [200, { active: false }]
    const { scopes: scope, workspace: workspace_id } = attio
    return [
      200,
      {
        active: true,
        scope,
        workspace_id,
        workspace_name: 'Acme',
        workspace_slug: `acme-${workspace_id}`,
        client_id: null,
      },
    ]
  }
  const id = path.split('/')[3] ?? ''
  if (method === 'GET' && id === '') return [200, { data: [...attio.hooks.values()] }]
  if (method === 'POST') {
    if (attio.refuseWebhook)
      return [400, { status_code: 400, type: 'invalid_request_error', code: 'validation_type', message: 'no' }]
    const { data } = JSON.parse(body) as { data: Pick<Hook, 'target_url' | 'subscriptions'> }
    const hook: Hook = { id: { workspace_id: attio.workspace, webhook_id: randomUUID() }, ...data, status: 'active' }
    const secret = randomBytes(32).toString('hex')
    attio.hooks.set(hook.id.webhook_id, hook)
    attio.secrets.set(hook.id.webhook_id, secret)
    return [200, { data: { ...hook, secret } }]
  }
  const hook = attio.hooks.get(id)
  if (hook === undefined)
    return [404, { status_code: 404, type: 'invalid_request_error', code: 'not_found', message: 'no' }]
  if (method === 'DELETE') attio.hooks.delete(id)
  return [200, method === 'DELETE' ? {} : { data: hook }]
}
