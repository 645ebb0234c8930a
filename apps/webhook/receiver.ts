/**
 * One delivery, from its URL to its status (R1: 200 only after the brokers have all notices). Refusals come in this order:
 * 404 unknown connection, 413 too large, 401 signature, 400 shape (kept as a dead letter), 403 workspace, 503 brokers away.
 * Reading bytes off the wire is server.ts.
 */
import type { Output } from '@attio-stream/stream'
import { LogUnavailable } from '@attio-stream/stream'
import type { Coalescer } from './coalescer.ts'
import { type Incoming, judge, type Verdict } from './delivery.ts'
import type { Senders } from './senders.ts'

export const MAX_BODY = 1024 * 1024

export type Status = 200 | 400 | 401 | 403 | 404 | 413 | 503

export interface ReceiverEvents {
  /** Event types of an accepted delivery: those that became notices, and those nobody knows. */
  readonly accepted?: (types: readonly string[], unknown: readonly string[]) => void
  /** A dead letter was written: the class of its reason. */
  readonly buried?: (fault: string) => void
  readonly refused?: (status: Status, reason: string, error?: unknown) => void
}

/** `body` is asked for only when the connection is known: null when it is larger than MAX_BODY. */
export type Receive = (
  key: string,
  incoming: Omit<Incoming, 'body'>,
  body: () => Promise<Buffer | null>,
) => Promise<Status>

export function receiver(senders: Senders, coalescer: Coalescer, events: ReceiverEvents = {}): Receive {
  const refuse = (status: Status, reason: string, error?: unknown): Status => {
    events.refused?.(status, reason, error)
    return status
  }
  return async (key, head, readBody) => {
    let found = await senders.find(key)
    if (found.kind === 'unknown') return refuse(404, 'no connection has this URL')
    const body = await readBody()
    if (body === null) return refuse(413, 'the delivery is too large')
    if (found.kind === 'unready') return refuse(503, 'the connection cannot be checked now')
    const incoming = { ...head, body }
    let verdict = judge(incoming, found.sender)
    if (verdict.status === 401) {
      // The webhook may have been registered again a moment ago, with a new secret.
      found = await senders.refresh(key)
      if (found.kind === 'sender') verdict = judge(incoming, found.sender)
    }
    try {
      await coalescer.send(outputsOf(verdict))
    } catch (error) {
      if (error instanceof LogUnavailable) return refuse(503, 'the brokers do not answer', error)
      throw error
    }
    if (verdict.status === 400) events.buried?.(verdict.letter.value.fault)
    if (verdict.status !== 200) return refuse(verdict.status, verdict.reason)
    events.accepted?.(verdict.types, verdict.unknown)
    return 200
  }
}

function outputsOf(verdict: Verdict): readonly Output[] {
  switch (verdict.status) {
    case 200:
      return verdict.notices.map((notice) => ({
        topic: 'attio.notices',
        key: notice.id,
        value: notice,
        headers: { workspace: notice.workspace_id },
      }))
    case 400:
      return [verdict.letter]
    case 401:
    case 403:
      return []
  }
}
