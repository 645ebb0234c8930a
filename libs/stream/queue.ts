/** Messages of one partition number waiting for their task, oldest first over all topics; bounded by who fills it. */
import type { TopicName } from '@attio-stream/contracts'
import type { StoredMessage } from './log.ts'

const HIGH_BYTES = 2 * 1024 * 1024
const HIGH_MESSAGES = 20_000

interface Lane {
  messages: readonly StoredMessage[]
  at: number
  readonly later: (readonly StoredMessage[])[]
}

export class Queue {
  readonly #lanes = new Map<TopicName, Lane>()
  #delivered = new Map<TopicName, number>()
  #count = 0
  #bytes = 0
  #waiting: (() => void)[] = []

  get length(): number {
    return this.#count
  }

  /** Resolves when there is room for more. */
  push(topic: TopicName, messages: readonly StoredMessage[]): Promise<void> {
    const last = messages.at(-1)
    if (last !== undefined) this.#delivered.set(topic, last.offset + 1)
    this.#add(topic, messages)
    if (!this.#high) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  shift(): StoredMessage | undefined {
    let oldest: Lane | undefined
    for (const lane of this.#lanes.values()) {
      const head = lane.messages[lane.at]
      if (head === undefined) continue
      const best = oldest?.messages[oldest.at]
      if (best === undefined || head.timestamp < best.timestamp) oldest = lane
    }
    if (oldest === undefined) return undefined
    const message = oldest.messages[oldest.at++] as StoredMessage
    if (oldest.at >= oldest.messages.length) {
      oldest.messages = oldest.later.shift() ?? []
      oldest.at = 0
    }
    this.#count--
    this.#bytes -= sizeOf(message)
    if (!this.#high) this.release()
    return message
  }

  /** Forgets everything waiting; gives, by topic, the offset after the last message that ever came in. */
  reset(): ReadonlyMap<TopicName, number> {
    this.#lanes.clear()
    this.#count = 0
    this.#bytes = 0
    this.release()
    return new Map(this.#delivered)
  }

  /**
   * Puts messages before those that came in since `reset`, of which the ones before offset `from` go: they are among these
   * messages, or another owner has committed them while this task was fenced.
   */
  prepend(topic: TopicName, messages: readonly StoredMessage[], from: number): void {
    const lane = this.#lanes.get(topic)
    const rest = lane === undefined ? [] : [lane.messages.slice(lane.at), ...lane.later]
    for (const chunk of rest) for (const message of chunk) this.#forget(message)
    this.#lanes.delete(topic)
    this.#add(topic, messages)
    for (const chunk of rest)
      this.#add(
        topic,
        chunk.filter(({ offset }) => offset >= from),
      )
  }

  /** Lets everyone go on who waits for room. */
  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  get #high(): boolean {
    return this.#bytes >= HIGH_BYTES || this.#count >= HIGH_MESSAGES
  }

  #add(topic: TopicName, messages: readonly StoredMessage[]): void {
    if (messages.length === 0) return
    const lane = this.#lanes.get(topic)
    if (lane === undefined) this.#lanes.set(topic, { messages, at: 0, later: [] })
    else if (lane.messages.length === 0) lane.messages = messages
    else lane.later.push(messages)
    this.#count += messages.length
    for (const message of messages) this.#bytes += sizeOf(message)
  }

  #forget(message: StoredMessage): void {
    this.#count--
    this.#bytes -= sizeOf(message)
  }
}

function sizeOf({ key, value }: StoredMessage): number {
  return 100 + key.length + (value?.length ?? 0)
}
