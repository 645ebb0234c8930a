/** A change that can never be read, kept with its bytes; the next change of the same thing goes on without it (R12). */
import type { Change } from '@attio-stream/contracts'
import type { Input, Output } from '@attio-stream/stream'

/** `reason`: a sentence without customer text. */
export function deadLetter(input: Input, change: Change, reason: string, now: number): Output {
  return {
    topic: 'crm.dead-letters',
    key: input.key,
    value: {
      workspace_id: change.workspace_id,
      stage: 'compact',
      reason,
      attempts: 1,
      topic: input.topic,
      partition: input.partition,
      offset: input.offset,
      key: Buffer.from(input.key),
      value: input.bytes,
      buried_at: now,
    },
    headers: { workspace: change.workspace_id },
  }
}
