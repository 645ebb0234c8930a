/** What the facts of log.conformance.ts are told with: logs that are closed afterwards, topics, collecting handlers, waiting. */
import assert from 'node:assert/strict'
import type { LogUnderTest } from './log.conformance.ts'
import type { GroupHandler, Log, OutgoingMessage, StoredMessage, TopicPartition } from './log.ts'

const DEADLINE = 20_000

export class Given {
  readonly #under: LogUnderTest
  readonly #logs: Log[] = []
  readonly #killed = new Set<Log>()
  constructor(under: LogUnderTest) {
    this.#under = under
  }
  async log(): Promise<Log> {
    const log = await this.#under.connect()
    this.#logs.push(log)
    return log
  }
  topic(partitions: number): Promise<string> {
    return this.#under.topic(partitions)
  }
  async kill(log: Log): Promise<void> {
    this.#killed.add(log)
    await this.#under.kill(log)
  }
  async all(log: Log, topic: string, partition: number, from = 0): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = []
    const onMessages = (_partition: number, some: readonly StoredMessage[]) => void messages.push(...some)
    const reader = log.read({ topic, from: new Map([[partition, from]]), until: 'end', onMessages })
    await reader.caughtUp
    await reader.done
    return messages
  }
  /** A commit is decided when it resolves, and visible to readers a moment later. */
  async seen(log: Log, topic: string, partition: number, count: number): Promise<StoredMessage[]> {
    for (const deadline = Date.now() + DEADLINE; ; ) {
      const messages = await this.all(log, topic, partition)
      assert.ok(messages.length === 0 || messages.length <= count)
      if (messages.length === count) return messages
      assert.ok(Date.now() < deadline, `${messages.length} of ${count} messages are visible`)
    }
  }
  async close(): Promise<void> {
    for (const log of this.#logs) if (!this.#killed.has(log)) await log.close()
  }
}

export interface Collector extends GroupHandler {
  keys(): string[]
  owned(): TopicPartition[]
  revocations(): number
}
export function collector(): Collector {
  const seen: string[] = []
  let owned: TopicPartition[] = []
  let revocations = 0
  return {
    assigned: async (partitions) => {
      owned.push(...partitions)
      return []
    },
    revoked: async (partitions) => {
      const gone = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`))
      if (owned.length > gone.size) revocations += new Set(partitions.map(({ partition }) => partition)).size
      owned = owned.filter(({ topic, partition }) => !gone.has(`${topic}/${partition}`))
    },
    messages: async (_topic, _partition, messages) => {
      seen.push(...keys(messages))
    },
    keys: () => seen,
    owned: () => owned,
    revocations: () => revocations,
  }
}

export function text(topic: string, partition: number, key: string, value: string): OutgoingMessage {
  return { topic, partition, key, value: Buffer.from(value) }
}
export function keys(messages: readonly StoredMessage[]): string[] {
  return messages.map(({ key }) => key)
}

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  const deadline = Date.now() + DEADLINE
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`This did not come true in ${DEADLINE} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
/** Gives what must not happen a chance to happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
