/** Puts the join benchmark's world into crm.records and crm.names, and watches what comes out in crm.artifacts. */
import type { Log, Output, Publisher } from '@attio-stream/stream'
import { type Entity, nameKeyOf } from './join-world.ts'

export function outputsOf({ state, name, record }: Entity, what: 'state' | 'both'): readonly Output[] {
  const headers = { workspace: state.workspace_id, hash: state.hash }
  const records: Output = { topic: 'crm.records', key: record, value: state, headers }
  const names: Output = {
    topic: 'crm.names',
    key: nameKeyOf(name),
    value: name,
    headers: { ...headers, hash: name.hash },
  }
  return what === 'state' ? [records] : [names, records]
}

export async function publishAll(publisher: Publisher, outputs: Iterable<Output>): Promise<number> {
  let batch: Output[] = []
  let count = 0
  for (const output of outputs) {
    batch.push(output)
    count++
    if (batch.length === 2_000) {
      await publisher.publish(batch)
      batch = []
    }
  }
  await publisher.publish(batch)
  return count
}

/** Follows crm.artifacts, read committed; tells when records were seen. */
export class Artifacts {
  readonly #seen = new Set<string>()
  readonly #waiting = new Map<string, number>()
  readonly latencies: number[] = []
  messages = 0
  #last = 0
  #awake: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #stop: () => Promise<void>

  private constructor(stop: () => Promise<void>) {
    this.#stop = stop
  }

  static async follow(log: Log): Promise<Artifacts> {
    const partitions = await log.partitions('crm.artifacts')
    const from = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]))
    let artifacts: Artifacts | undefined
    const reader = log.read({
      topic: 'crm.artifacts',
      from,
      until: 'follow',
      onMessages: (_partition, messages) => {
        for (const { key } of messages) artifacts?.saw(key)
      },
    })
    artifacts = new Artifacts(() => reader.stop())
    return artifacts
  }

  get keys(): number {
    return this.#seen.size
  }
  get outstanding(): number {
    return this.#waiting.size
  }
  /** When the last one that was waited for came, on performance.now()'s clock. */
  get last(): number {
    return this.#last
  }

  /** The next artifact of this record counts, from now. */
  expect(record: string): void {
    this.#waiting.set(record, performance.now())
  }

  saw(record: string): void {
    this.messages++
    this.#seen.add(record)
    const waited = this.#waiting.get(record)
    if (waited !== undefined) {
      this.#waiting.delete(record)
      this.#last = performance.now()
      this.latencies.push(this.#last - waited)
    }
    this.#awake.resolve()
    this.#awake = Promise.withResolvers()
  }

  async until(condition: () => boolean, what: string, withinMs = 180_000): Promise<void> {
    const deadline = performance.now() + withinMs
    while (!condition()) {
      if (performance.now() > deadline)
        throw new Error(
          `${what}: not within ${withinMs / 1000} s (${this.keys} keys, ${this.outstanding} outstanding: ${[...this.#waiting.keys()].slice(0, 5).join(', ')})`,
        )
      const timer = Promise.withResolvers<void>()
      const clock = setTimeout(timer.resolve, 200)
      await Promise.race([this.#awake.promise, timer.promise])
      clearTimeout(clock)
    }
  }

  stop(): Promise<void> {
    return this.#stop()
  }
}
