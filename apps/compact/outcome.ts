/** What a change came to: the fold's verdict and the messages that follow from it. The same headers on all states. */
import type { ChildState, RecordState } from '@attio-stream/contracts'
import type { Folded } from '@attio-stream/crm'
import type { Output } from '@attio-stream/stream'

export interface ChangeOutcome {
  readonly result: Folded['kind']
  readonly outputs: readonly Output[]
}

/** Nothing follows: the change was older than what is known. */
export function ignored(result: 'stale' | 'dead'): ChangeOutcome {
  return { result, outputs: [] }
}

/** What a reader of crm.records or crm.children needs to skip without decoding. */
export function stateHeaders(state: RecordState | ChildState): Readonly<Record<string, string>> {
  const headers = { workspace: state.workspace_id, hash: state.hash, fence: String(state.fence) }
  return state.deleted ? { ...headers, deleted: '1' } : headers
}
