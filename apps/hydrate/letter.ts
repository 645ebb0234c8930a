/** The dead letter of a notice that can never be answered with a read: the notice's bytes, where it stood, and why. */
import type { Notice } from '@attio-stream/contracts'
import { type Codec, type DeadLetterOutput, deadLetter, type Fault } from '@attio-stream/stream'
import type { Place, Thing } from './agenda.ts'

export interface LetterInput {
  readonly thing: Thing
  readonly notice: Notice
  readonly place: Place
  /** A sentence without customer text. */
  readonly reason: string
  readonly fault: Fault
  readonly codec: Codec
}

/** The bytes are the notice encoded anew: only the notice is held while it waits. */
export function letterOf({ thing, notice, place, reason, fault, codec }: LetterInput): DeadLetterOutput {
  const { workspace, id, attempts } = thing
  const value = codec.encode('attio.notices', notice)
  const buried = { topic: 'attio.notices', ...place, key: id, value, headers: { workspace } }
  return deadLetter({ stage: 'hydrate', reason, fault, workspace, buried, attempts: attempts + 1, now: Date.now() })
}
