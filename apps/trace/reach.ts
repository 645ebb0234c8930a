/** How far back the topics reach, plainly: what a trace cannot show because it is not kept any more. */
import type { TopicName } from '@attio-stream/contracts'
import type { Part } from './reading.ts'

export interface ReachOptions {
  readonly at: number | undefined
  readonly kind: string
  readonly notices: Part<'attio.notices'>
  readonly changes: Part<'attio.changes'>
  readonly states: Pick<Part<TopicName>, 'keptSince'> & { readonly messages: readonly { readonly timestamp: number }[] }
  readonly artifacts: Part<'crm.artifacts'>
  /** States that come from no change that is still kept. */
  readonly unexplained: number
}

export function reachOf({
  at,
  kind,
  notices,
  changes,
  states,
  artifacts,
  unexplained,
}: ReachOptions): readonly string[] {
  const sentences = [
    notices.keptSince === null
      ? 'attio.notices keeps nothing in the partition of this key any more (it keeps 14 days).'
      : `attio.notices reaches back to ${iso(notices.keptSince)} (it keeps 14 days).`,
    'The other topics are log-compacted: of each key the newest message is kept for ever, older ones only for a while (of attio.changes at least 7 days).',
  ]
  if (unexplained > 0)
    sentences.push(
      `${unexplained} of the states come from changes that are not kept any more; the decisions before ${oldest(changes.messages) ?? 'now'} cannot be shown.`,
    )
  const [first] = artifacts.messages
  if (first?.read && kind === 'record' && states.messages[0] && first.timestamp < states.messages[0].timestamp)
    sentences.push('States older than the oldest artifact are not kept any more.')
  if (at !== undefined && states.messages.length === 0)
    sentences.push(`No state from before ${iso(at)} is kept: either there was none, or log compaction has removed it.`)
  if (at !== undefined && kind === 'record' && artifacts.messages.length === 0)
    sentences.push(
      `No artifact from before ${iso(at)} is kept: either there was none, or log compaction has removed it.`,
    )
  return sentences
}

const oldest = (messages: readonly { readonly timestamp: number }[]): string | undefined => {
  const [first] = messages
  return first === undefined ? undefined : iso(first.timestamp)
}

export const iso = (ms: number): string => new Date(ms).toISOString()
