/**
 * Connects a workspace: the token is checked at Attio, then stored sealed, then the webhook is registered and its secret
 * stored. Each step is durable before the next, so running it again after a crash finishes the work and leaves one webhook.
 */
import {
  AttioClient,
  createWebhook,
  deleteWebhook,
  getWebhook,
  isAttioError,
  listWebhooks,
  missingScopes,
  readSelf,
  SUBSCRIBED_EVENTS,
  type Webhook,
} from '@attio-stream/attio'
import type { Connection, Connections } from '@attio-stream/service'
import { probe } from './probe.ts'
import { webhookTarget } from './target.ts'

/** Something the person at the keyboard can mend; the message is a sentence that says how. */
export class ConnectError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConnectError'
  }
}

export interface WorkspaceOptions {
  readonly connections: Connections
  readonly apiUrl: string
  readonly signal?: AbortSignal
}

export interface ConnectOptions extends WorkspaceOptions {
  readonly token: string
  /** Where Attio reaches apps/webhook, without a path; null: no webhook, the workspace is only read. */
  readonly publicUrl: string | null
}

export interface Connected {
  readonly connection: Connection
  /** kept: the webhook was there and whole. created: there was none. replaced: another was deleted for it. none: not wanted. */
  readonly webhook: 'kept' | 'created' | 'replaced' | 'none'
}

/** @throws ConnectError, AttioError */
export async function connectWorkspace(options: ConnectOptions): Promise<Connected> {
  const { connections, publicUrl, token } = options
  const client = new AttioClient({ token, baseUrl: options.apiUrl })
  const calls = options.signal === undefined ? {} : { signal: options.signal }
  const self = await checkToken(client, calls)
  const missing = missingScopes(self.scope)
  if (missing.length > 0)
    throw new ConnectError(
      `The token lacks ${count(missing.length, 'scope')}: ${missing.join(', ')}. Add them to it in Attio (workspace settings, developers), then connect again.`,
    )
  const saved = await connections.save({
    workspaceId: self.workspace_id,
    workspaceSlug: self.workspace_slug ?? '',
    workspaceName: self.workspace_name ?? self.workspace_slug ?? self.workspace_id,
    token,
    scopes: self.scope.split(/\s+/).filter((scope) => scope !== ''),
  })
  if (publicUrl === null) {
    if (saved.webhook === null) await connections.markActive(saved.workspaceId)
    return { connection: saved, webhook: saved.webhook === null ? 'none' : 'kept' }
  }
  const target = webhookTarget(publicUrl, saved.key)
  const ours = (await listWebhooks(client, calls)).filter(
    (webhook) => webhook.target_url === target || webhook.id.webhook_id === saved.webhook?.id,
  )
  const whole = ours.find((webhook) => webhook.id.webhook_id === saved.webhook?.id && isWhole(webhook, target))
  if (whole !== undefined && ours.length === 1) return { connection: saved, webhook: 'kept' }

  // A secret is told once, at creation: a webhook whose secret is not ours any more can only be replaced.
  if (saved.webhook !== null) await connections.clearWebhook(saved.workspaceId)
  for (const webhook of ours) await deleteWebhook(client, webhook.id.webhook_id, calls)
  const { webhook, secret } = await register(client, target, publicUrl, calls)
  const connection = await connections.setWebhook(saved.workspaceId, { id: webhook.id.webhook_id, secret })
  return { connection, webhook: ours.length > 0 ? 'replaced' : 'created' }
}

/**
 * Deletes the webhook at Attio and forgets the token. When Attio refuses the token the webhook stays there, and the
 * deliveries it still sends get a 404.
 */
export async function disconnectWorkspace(
  connection: Connection,
  { connections, apiUrl, signal }: WorkspaceOptions,
): Promise<{ readonly webhook: 'deleted' | 'none' | 'left' }> {
  const client = new AttioClient({ token: connection.token, baseUrl: apiUrl })
  let webhook: 'deleted' | 'none' | 'left' = 'none'
  if (connection.webhook !== null) {
    try {
      await deleteWebhook(client, connection.webhook.id, signal === undefined ? {} : { signal })
      webhook = 'deleted'
    } catch (error) {
      if (!isAttioError(error, 'unauthorized', 'forbidden')) throw error
      webhook = 'left'
    }
  }
  await connections.markDisconnected(connection.workspaceId)
  return { webhook }
}

export interface Tested {
  /** What is wrong, a sentence each; empty when all is well. */
  readonly problems: readonly string[]
}

/**
 * Asks Attio about token and webhook, and sends the webhook URL a signed delivery without events, as Attio would.
 * A broken connection whose token works again becomes active.
 */
export async function testWorkspace(
  connection: Connection,
  { connections, apiUrl, signal }: WorkspaceOptions,
): Promise<Tested> {
  if (connection.status === 'disconnected') return { problems: ['The workspace was disconnected; connect it again.'] }
  const client = new AttioClient({ token: connection.token, baseUrl: apiUrl })
  const calls = signal === undefined ? {} : { signal }
  try {
    const self = await checkToken(client, calls)
    const missing = missingScopes(self.scope)
    const scopes = missing.length === 0 ? [] : [`The token lacks ${missing.join(', ')}.`]
    if (connection.webhook === null) return { problems: [...scopes, 'It has no webhook; connect the workspace again.'] }
    const webhook = await getWebhook(client, connection.webhook.id, calls)
    if (connection.status === 'broken') await connections.markActive(connection.workspaceId)
    const answer = await probe(webhook.target_url, connection.webhook, signal)
    return { problems: [...scopes, ...stateProblems(webhook), ...(answer === undefined ? [] : [answer])] }
  } catch (error) {
    if (error instanceof ConnectError) {
      await connections.markBroken(connection.workspaceId, error.message)
      return { problems: [error.message] }
    }
    if (isAttioError(error, 'not-found'))
      return { problems: ['The webhook is gone at Attio; connect the workspace again.'] }
    throw error
  }
}

function stateProblems(webhook: Webhook): readonly string[] {
  const missing = missingEvents(webhook)
  return [
    ...(webhook.status === 'active'
      ? []
      : [
          `Attio says the webhook is ${webhook.status}: deliveries failed for days, and changes may be missing until the next sweep.`,
        ]),
    ...(missing.length === 0
      ? []
      : [`The webhook does not tell of ${missing.join(', ')}; connect the workspace again.`]),
  ]
}

/** Delivers to us, everything, without a filter. */
function isWhole(webhook: Webhook, target: string): boolean {
  return webhook.target_url === target && webhook.status === 'active' && missingEvents(webhook).length === 0
}

function missingEvents(webhook: Webhook): readonly string[] {
  const told = new Set(
    webhook.subscriptions.filter(({ filter }) => (filter ?? null) === null).map((one) => one.event_type),
  )
  return SUBSCRIBED_EVENTS.filter((event) => !told.has(event))
}

async function checkToken(client: AttioClient, calls: { readonly signal?: AbortSignal }) {
  try {
    const self = await readSelf(client, calls)
    if (self.active) return self
  } catch (error) {
    if (!isAttioError(error, 'unauthorized')) throw error
    throw new ConnectError('Attio does not recognise the token: copy all of it, or make a new one in Attio.', {
      cause: error,
    })
  }
  throw new ConnectError('The token is not active any more: it was deleted or revoked in Attio. Make a new one.')
}

async function register(
  client: AttioClient,
  target: string,
  publicUrl: string,
  calls: { readonly signal?: AbortSignal },
) {
  try {
    return await createWebhook(client, target, calls)
  } catch (error) {
    if (!isAttioError(error, 'invalid')) throw error
    throw new ConnectError(
      `Attio refuses a webhook to ${publicUrl}: PUBLIC_WEBHOOK_URL has to be an https address that can be reached from the internet.`,
      { cause: error },
    )
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
