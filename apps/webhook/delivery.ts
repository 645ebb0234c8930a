/**
 * What a delivery is worth, decided from its bytes and the connection it came in on: status, notices, dead letter. Pure;
 * the order of the questions is the order of what a stranger may learn: signature first, then shape, then workspace.
 */

import { envelopeSchema, noticesOf, verifySignature } from '@attio-stream/attio'
import type { Notice } from '@attio-stream/contracts'
import { type DeadLetterOutput, deadLetter } from '@attio-stream/stream'

export interface Incoming {
  readonly body: Buffer
  /** Attio-Signature and X-Attio-Signature, null when absent. */
  readonly signatures: readonly (string | null)[]
  /** Idempotency-Key */
  readonly key: string | null
  /** ms, our clock */
  readonly receivedAt: number
}

/** Who may deliver here: the workspace of the URL and the secret of its webhook. */
export interface Sender {
  readonly workspaceId: string
  readonly secret: string
}

export type Verdict =
  | {
      readonly status: 200
      readonly notices: readonly Notice[]
      readonly types: readonly string[]
      readonly unknown: readonly string[]
    }
  | { readonly status: 401 | 403; readonly reason: string }
  | { readonly status: 400; readonly reason: string; readonly letter: DeadLetterOutput }

export function judge(incoming: Incoming, sender: Sender): Verdict {
  if (!verifySignature(sender.secret, incoming.body, incoming.signatures))
    return { status: 401, reason: 'the signature is missing or wrong' }
  const json = parse(incoming.body)
  if (json === undefined) return unreadable(incoming, sender, 'The delivery is not JSON.')
  const envelope = envelopeSchema.safeParse(json)
  if (!envelope.success) {
    const where = [...new Set(envelope.error.issues.map((issue) => issue.path.join('.') || 'the top'))].slice(0, 5)
    return unreadable(incoming, sender, `The delivery is not of the expected shape at ${where.join(', ')}.`)
  }
  const { events } = envelope.data
  if (events.some((event) => event.id.workspace_id !== sender.workspaceId))
    return { status: 403, reason: 'the delivery is of another workspace' }
  const notices: Notice[] = []
  const types: string[] = []
  const unknown: string[] = []
  for (const event of events) {
    const named = noticesOf(event, { key: incoming.key, receivedAt: incoming.receivedAt })
    if (named.notices === null) unknown.push(named.type)
    else {
      types.push(named.type)
      notices.push(...named.notices)
    }
  }
  return { status: 200, notices, types, unknown }
}

/**
 * Signed and still unreadable: Attio has changed, or we are wrong. Its bytes are kept so that it can be redriven. Attio
 * delivers it again for three days; the same bytes give a letter of the same id.
 */
function unreadable({ body, key, receivedAt }: Incoming, sender: Sender, reason: string): Verdict {
  const letter = deadLetter({
    stage: 'webhook',
    reason,
    fault: 'unreadable',
    workspace: sender.workspaceId,
    buried: { topic: null, partition: null, offset: null, key: null, value: body, headers: headersOf(key) },
    now: receivedAt,
  })
  return { status: 400, reason, letter }
}

const headersOf = (key: string | null): Readonly<Record<string, string>> =>
  key === null ? {} : { 'idempotency-key': key }

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
