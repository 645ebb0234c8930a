/** A message as a stage sees it, decoded on first use. */
import type { TopicName, TopicValues } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import type { StoredMessage } from './log.ts'
import type { Input } from './stage.ts'

const bytesOf = new WeakMap<object, Uint8Array | null>()

class LazyInput<T extends TopicName> implements Input<T> {
  readonly topic: T
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly timestamp: number
  readonly #codec: Codec
  #value: TopicValues[T] | null | undefined

  constructor(message: StoredMessage, codec: Codec) {
    this.topic = message.topic as T
    this.partition = message.partition
    this.offset = message.offset
    this.key = message.key
    this.headers = message.headers
    this.timestamp = message.timestamp
    this.#codec = codec
    bytesOf.set(this, message.value)
  }

  get bytes(): Buffer | null {
    const bytes = bytesOf.get(this)
    return bytes == null ? null : Buffer.from(bytes)
  }

  /** Throws DecodeError: run buries the message then. */
  get value(): TopicValues[T] | null {
    if (this.#value === undefined) {
      const bytes = bytesOf.get(this)
      this.#value = bytes == null ? null : this.#codec.decode(this.topic, bytes)
    }
    return this.#value
  }
}

/** The writers of the message must be prepared. */
export function inputOf<T extends TopicName>(message: StoredMessage, codec: Codec): Input<T> {
  return new LazyInput<T>(message, codec)
}
