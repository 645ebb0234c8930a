/** The dead letter of a notice that can never be answered with a read: the notice's bytes, where it stood, and why. */
import type { DeadLetter, Notice } from '@attio-stream/contracts'
import type { Codec, Output } from '@attio-stream/stream'
import type { Place, Thing } from './agenda.ts'

export interface LetterInput {
  readonly thing: Thing
  readonly notice: Notice
  readonly place: Place
  /** A sentence without customer text. */
  readonly reason: string
  readonly codec: Codec
}

export function letterOf({ thing, notice, place, reason, codec }: LetterInput): Output {
  const value: DeadLetter = {
    workspace_id: thing.workspace,
    stage: 'hydrate',
    reason,
    attempts: thing.attempts + 1,
    topic: 'attio.notices',
    partition: place.partition,
    offset: place.offset,
    key: Buffer.from(thing.id),
    value: codec.encode('attio.notices', notice),
    buried_at: Date.now(),
  }
  return { topic: 'crm.dead-letters', key: thing.id, value, headers: { workspace: thing.workspace } }
}
