/**
 * What stands in a topic after a letter's message, by key: whether something newer has taken its place. One pass over each
 * partition, from the oldest letter to the end, however many letters there are.
 */
import type { TopicName } from '@attio-stream/contracts'
import { type Codec, DecodeError, type LetterSource, type StoredMessage } from '@attio-stream/stream'

/** Where a letter's message stood. */
export interface Stood {
  readonly topic: TopicName
  readonly partition: number
  readonly offset: number
  readonly key: string
}

export interface Latest {
  /** Offset of the key's last message; undefined: none is left at or behind the letter's. */
  readonly last: number | undefined
  /** Offset of the last tombstone. */
  readonly forgotten: number | undefined
  /** Of attio.changes only: the highest fence, the last place it stands at, and the fence of the last message. */
  readonly highest: { readonly fence: number; readonly offset: number } | undefined
  readonly lastFence: number | undefined
}

const NOTHING: Latest = { last: undefined, forgotten: undefined, highest: undefined, lastFence: undefined }
const id = ({ partition, key }: Pick<Stood, 'partition' | 'key'>): string => `${partition}/${key}`

/** For letters of one topic; their own messages count too, while they stand in it. */
export async function latestOf(
  letters: readonly Stood[],
  source: LetterSource,
): Promise<(letter: Pick<Stood, 'partition' | 'key'>) => Latest> {
  const { log, codec, signal } = source
  const [topic] = new Set(letters.map((letter) => letter.topic))
  const wanted = new Map<string, Latest>()
  const stood = new Map<string, number>()
  for (const letter of letters) {
    wanted.set(id(letter), NOTHING)
    stood.set(id(letter), Math.min(stood.get(id(letter)) ?? Number.POSITIVE_INFINITY, letter.offset))
  }
  for (const [partition, some] of Map.groupBy(letters, (letter) => letter.partition)) {
    if (topic === undefined) break
    const begin = (await log.beginnings(topic))[partition] ?? 0
    const from = Math.max(begin, Math.min(...some.map(({ offset }) => offset)))
    const onMessages = async (_: number, messages: readonly StoredMessage[]) => {
      const mine = messages.filter(
        (message) => wanted.has(id(message)) && message.offset >= (stood.get(id(message)) ?? 0),
      )
      await codec.prepare(
        topic,
        mine.map(({ value }) => value),
      )
      for (const message of mine) {
        wanted.set(id(message), followed(wanted.get(id(message)) ?? NOTHING, message, codec))
      }
    }
    const options = { topic, from: new Map([[partition, from]]), until: 'end', onMessages } as const
    await log.read({ ...options, ...(signal === undefined ? {} : { signal }) }).done
    signal?.throwIfAborted()
  }
  return (letter) => wanted.get(id(letter)) ?? NOTHING
}

function followed(before: Latest, message: StoredMessage, codec: Pick<Codec, 'decode'>): Latest {
  const { offset, value } = message
  const fence = fenceOf(message, codec)
  const higher = fence !== undefined && fence >= (before.highest?.fence ?? Number.NEGATIVE_INFINITY)
  return {
    last: offset,
    forgotten: value === null ? offset : before.forgotten,
    highest: higher ? { fence, offset } : before.highest,
    lastFence: fence,
  }
}

/** A tombstone forgets everything before it. undefined: it has none, or cannot be read. */
function fenceOf({ topic, value }: StoredMessage, codec: Pick<Codec, 'decode'>): number | undefined {
  if (topic !== 'attio.changes') return undefined
  if (value === null) return Number.POSITIVE_INFINITY
  try {
    return codec.decode('attio.changes', value).fence
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
