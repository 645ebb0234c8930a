/**
 * Dead letters of a sink, acknowledged by the brokers before the offset is committed. A crash between the two buries the
 * same message twice, under the same id. Whoever tries one again must write it with its own offset as version, so that it
 * never overwrites what superseded it (R12).
 */
import {
  type Codec,
  DEAD_LETTERS,
  deadLetter,
  type Fault,
  type Log,
  letterMessage,
  type OutgoingMessage,
  type StoredMessage,
} from '@attio-stream/stream'

const REQUEST_BYTES = 4 * 1024 * 1024

export interface Burial {
  readonly message: StoredMessage
  readonly workspace: string | null
  readonly reason: string
  readonly fault: Fault
  readonly attempts: number
}

export interface Cemetery {
  readonly log: Log
  readonly codec: Pick<Codec, 'encode'>
  readonly stage: string
  readonly now: () => number
}

/** Resolves when all are acknowledged. Throws what the log throws: then nothing may be committed. */
export async function bury(burials: readonly Burial[], { log, codec, stage, now }: Cemetery): Promise<void> {
  if (burials.length === 0) return
  const count = await log.partitions(DEAD_LETTERS)
  let request: OutgoingMessage[] = []
  let bytes = 0
  const send = async () => {
    if (request.length > 0) await log.produce(request)
    request = []
    bytes = 0
  }
  for (const { message, ...burial } of burials) {
    const letter = deadLetter({ ...burial, stage, buried: message, now: now() })
    const value = codec.encode(DEAD_LETTERS, letter.value)
    if (bytes + value.length > REQUEST_BYTES) await send()
    request.push(letterMessage(letter, value, count))
    bytes += value.length
  }
  await send()
}
