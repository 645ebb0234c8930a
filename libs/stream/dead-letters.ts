/**
 * Reading crm.dead-letters: every letter once, however often the same thing was buried, oldest first, with memory for one
 * batch. What becomes of a letter is apps/dead-letters.
 */
import type { DeadLetter } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import { DEAD_LETTERS, letterId, sha256 } from './dead-letter.ts'
import { DecodeError } from './errors.ts'
import type { Log, StoredMessage, TopicPartition } from './log.ts'

export interface LetterSource {
  readonly log: Log
  readonly codec: Pick<Codec, 'decode' | 'prepare'>
  readonly signal?: AbortSignal
}

/** Gives how many messages of the topic are no letters: nothing can be said about them. */
export async function readLetters(
  { log, codec, signal }: LetterSource,
  onLetter: (id: string, letter: DeadLetter) => Promise<void> | void,
): Promise<number> {
  const seen = new Set<string>()
  let unreadable = 0
  const begins = await log.beginnings(DEAD_LETTERS)
  for (const [partition, begin] of begins.entries()) {
    const onMessages = async (_: number, messages: readonly StoredMessage[]) => {
      await codec.prepare(
        DEAD_LETTERS,
        messages.map(({ value }) => value),
      )
      for (const { value } of messages) {
        const letter = decoded(codec, value)
        if (letter === undefined) {
          unreadable++
          continue
        }
        const id = letterId(letter)
        if (seen.has(id)) continue
        seen.add(id)
        await onLetter(id, letter)
      }
    }
    const from = new Map([[partition, begin]])
    const options = { topic: DEAD_LETTERS, from, until: 'end', onMessages } as const
    await log.read({ ...options, ...(signal === undefined ? {} : { signal }) }).done
    signal?.throwIfAborted()
  }
  return unreadable
}

/** The message that stands at this offset, when it still does. */
export async function readAt(
  log: Log,
  { topic, partition, offset }: TopicPartition & { readonly offset: number },
  signal?: AbortSignal,
): Promise<StoredMessage | undefined> {
  const [begin, end] = [(await log.beginnings(topic))[partition] ?? 0, (await log.ends(topic))[partition] ?? 0]
  if (offset < begin || offset >= end) return undefined
  const enough = new AbortController()
  let found: StoredMessage | undefined
  const onMessages = (_: number, messages: readonly StoredMessage[]) => {
    found ??= messages.find((message) => message.offset === offset)
    enough.abort()
  }
  const stop = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal])
  await log.read({ topic, from: new Map([[partition, offset]]), until: 'end', onMessages, signal: stop }).done
  signal?.throwIfAborted()
  return found
}

/** The original bytes. undefined: the letter holds a part of them, and the message itself is gone. */
export async function wholeValue(
  letter: DeadLetter,
  log: Log,
  signal?: AbortSignal,
): Promise<Buffer | null | undefined> {
  const { value, value_size, value_sha256, topic, partition, offset } = letter
  if ((value?.length ?? 0) >= (value_size ?? 0)) return value
  if (topic === null || partition === null || offset === null) return undefined
  const original = (await readAt(log, { topic, partition, offset }, signal))?.value
  return original != null && sha256(original) === value_sha256 ? original : undefined
}

function decoded(codec: Pick<Codec, 'decode'>, value: Buffer | null): DeadLetter | undefined {
  if (value === null) return undefined
  try {
    return codec.decode(DEAD_LETTERS, value)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
