/**
 * One store of a simulation: libs/sink's in memory behind a line that is slow, refuses, answers too late or not at all; a write
 * that was sent is applied even when its sender has died. Looks after every write at what must never happen to a store.
 */
import type { Holding, Refusal, Sink, Write } from '@attio-stream/sink'
import { StoreError } from '@attio-stream/sink'
import { MemorySink } from '@attio-stream/sink/memory'
import { Machine } from './machine.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface StoreFaults {
  /** Chance of a write that fails, whole, in half, or with its answer lost. */
  failing: number
  /** Most ms of a write. */
  slowest: number
  down: boolean
}

export class Store implements Sink {
  readonly name: string
  readonly faults: StoreFaults = { failing: 0, slowest: 20, down: false }
  /** Sentences about what must not have happened. */
  readonly breaches: string[] = []
  readonly #time: VirtualTime
  readonly #kept: MemorySink
  readonly #last = new Map<string, Holding>()
  readonly #dead = new Set<string>()
  readonly #count: (fault: string) => void

  constructor(name: string, time: VirtualTime, count: (fault: string) => void) {
    this.name = name
    this.#time = time
    this.#kept = new MemorySink({ name })
    this.#count = count
  }

  async open(): Promise<void> {
    if (this.faults.down) throw new StoreError('The store is down.')
  }

  write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<readonly Refusal[]>()
    const writer = Machine.current
    const label = `store ${this.name}`
    const aborted = (): void => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    const answer = (work: () => void): void => {
      this.#time.after(this.#time.between(0, this.faults.slowest), label, () => {
        signal.removeEventListener('abort', aborted)
        writer?.reach(work)
      })
    }
    const failed = (reason: string): void => {
      this.#count(`store ${reason}`)
      answer(() => reject(new StoreError(`The store ${reason}.`)))
    }
    const arrive = (): void => {
      if (this.faults.down) {
        failed('is down')
        return
      }
      const luck = this.faults.failing > 0 && this.#time.random() < this.faults.failing ? this.#time.random() : 1
      if (luck < 0.3) {
        failed('refuses')
        return
      }
      const applied = luck < 0.6 ? writes.slice(0, Math.ceil(writes.length / 2)) : writes
      this.#apply(applied).then((refusals) => {
        if (luck < 0.6) failed('wrote a part')
        else if (luck < 1) failed('wrote and did not answer')
        else answer(() => resolve(refusals))
      }, reject)
    }
    // What was sent arrives, whatever becomes of the sender.
    const send = (): void => void this.#time.after(this.#time.between(0, this.faults.slowest), label, arrive)
    writer?.step()
    writer?.reach(send)
    return promise
  }

  async #apply(writes: readonly Write[]): Promise<readonly Refusal[]> {
    for (const { kind, id, version } of writes) this.#time.note(`${this.name} ${kind} ${id} ${version}`)
    const refusals = await this.#kept.write(writes, new AbortController().signal)
    await this.#look()
    return refusals
  }

  /** Versions only grow, and the dead stay dead. */
  async #look(): Promise<void> {
    for await (const held of this.#kept.scan()) {
      const last = this.#last.get(held.id)
      this.#last.set(held.id, held)
      if (last !== undefined && held.version < last.version)
        this.breaches.push(`${this.name} went back from version ${last.version} of ${held.id} to ${held.version}.`)
      if (held.deleted) this.#dead.add(held.id)
      else if (this.#dead.delete(held.id)) this.breaches.push(`${this.name} raised ${held.id} from the dead.`)
    }
  }

  get(workspace: string, id: string) {
    return this.#kept.get(workspace, id)
  }
  refresh(): Promise<void> {
    return this.#kept.refresh()
  }
  scan(): AsyncIterable<Holding> {
    return this.#kept.scan()
  }
  async close(): Promise<void> {}
}
