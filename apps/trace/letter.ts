/** A dead letter of a key, without its bytes. */
import type { Found } from './reading.ts'

export interface Letter {
  readonly at: number
  readonly offset: number
  readonly stage: string
  readonly reason: string
  readonly attempts: number
  /** Where the message stood, `topic/partition@offset`; null when it was none. */
  readonly of: string | null
}

export function letterOf({ timestamp, offset, read }: Found<'crm.dead-letters'>): readonly Letter[] {
  if (read === null || read === undefined) return []
  const { stage, reason, attempts, topic, partition, offset: at } = read
  const of = topic === null ? null : `${topic}/${partition ?? '?'}@${at ?? '?'}`
  return [{ at: timestamp, offset, stage, reason, attempts, of }]
}
