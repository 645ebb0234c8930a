/**
 * One task: takes messages of its partition, steps, does what is owed, and commits outputs and input offsets in one
 * transaction; the tables follow on disk. Whatever fails is undone whole, and the task is taken over again from what is
 * committed. Faults that no retry mends go to `fail`.
 */
import type { TopicName } from '@attio-stream/contracts'
import { Batch } from './batch.ts'
import { Bell } from './bell.ts'
import { Tripped } from './breaker.ts'
import { FencedError, isBug } from './errors.ts'
import { valuesOf } from './globals.ts'
import { until } from './linger.ts'
import type { StoredMessage, TopicPartitionOffset } from './log.ts'
import { Queue } from './queue.ts'
import { backoffMs } from './retry.ts'
import type { RunContext } from './run-context.ts'
import type { Task } from './stage.ts'
import { step } from './step.ts'
import { readRange, type Takeover } from './takeover.ts'
import { TaskReplay } from './task-replay.ts'
import { Tenure } from './tenure.ts'

const MOST_INPUTS = 2_000
const MOST_PATIENT_INPUTS = 20_000
const BEHIND = 500
const SLICE = 500
const SHARE = 100
const BREATH_MS = 15

export class TaskLoop {
  readonly partition: number
  readonly #context: RunContext
  readonly #queue = new Queue()
  readonly #stopping = new AbortController()
  readonly #bell: Bell
  readonly #tenure: Tenure
  readonly #replay: TaskReplay
  #tickDue = false
  /** After a takeover one cycle runs even without work: its flush says that nothing is owed any more. */
  #flushDue = false
  #running: Promise<void> = Promise.resolve()
  /** By topic: what comes from before it is not taken, because another owner has committed it. */
  #from: ReadonlyMap<TopicName, number> = new Map()
  #trouble = 0
  /** When something last came that may make work. */
  #touched = 0

  constructor(context: RunContext, partition: number) {
    this.#context = context
    this.partition = partition
    this.#bell = new Bell(context.clock, this.#stopping.signal)
    const onReady = () => this.#bell.ring()
    const tenure = new Tenure({ context, partition, signal: this.#stopping.signal, onReady })
    this.#tenure = tenure
    this.#replay = new TaskReplay({ context, partition, tenure, onReady })
  }

  /** Takes the partition over, however long it takes; gives where reading starts. Empty when stopped meanwhile. */
  async begin(): Promise<readonly TopicPartitionOffset[]> {
    const beginning = this.#takeOverPatiently()
    this.#running = beginning.then(() => {})
    const over = await beginning
    if (over === undefined) return []
    this.#running = this.#run()
    return [...over.starts].map(([topic, offset]) => ({ topic, partition: this.partition, offset }))
  }

  /** Resolves when there is room for more. */
  async push(topic: TopicName, messages: readonly StoredMessage[]): Promise<void> {
    if (this.#stopping.signal.aborted) return
    await this.#prepared(topic, messages)
    this.#context.hooks.messagesIn?.(topic, messages.length)
    const from = this.#from.get(topic) ?? 0
    const room = this.#queue.push(
      topic,
      messages.filter(({ offset }) => offset >= from),
    )
    this.#bell.ring()
    await room
  }

  globalChanged(topic: TopicName, key: string): void {
    this.#touched = this.#context.clock.now()
    this.#tenure.globalChanged(topic, key)
    this.#bell.ring()
  }

  replayAsked(): void {
    this.#replay.look()
  }

  tick(): void {
    this.#tickDue = true
    this.#bell.ring()
  }

  /** Where the task is in an input topic. */
  position(topic: TopicName): number | undefined {
    return this.#tenure.position(topic)
  }

  /** Finishes the transaction in hand and closes everything. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    this.#queue.release()
    this.#bell.ring()
    await this.#running
    await this.#replay.stop()
    await this.#tenure.close()
    this.#context.report(this.partition, undefined)
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#work()
        if (this.#stopping.signal.aborted || this.#context.halted()) return
        await this.#cycle(this.#tenure.task)
        if (this.#trouble > 0) this.#context.report(this.partition, { state: 'green', reason: '' })
        this.#trouble = 0
      } catch (error) {
        await this.#recover(error)
      }
    }
  }

  /** Resolves when there is something to do. */
  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted && this.#queue.length === 0 && !this.#tickDue && !this.#flushDue) {
      const { live, background } = this.#tenure.owed()
      const due = this.#fillingDue()
      if (live + background > 0 || due === 0 || (due === undefined && this.#replay.ready)) return
      await this.#bell.wait(due)
    }
  }

  async #cycle(task: Task): Promise<void> {
    const { stage, clock, hooks, breaker, limits } = this.#context
    const batch = this.#batch()
    const started = clock.now()
    this.#flushDue = false
    if (this.#tickDue) {
      this.#tickDue = false
      // An idle task ends this cycle in a flush as well: its checkpoint stays young (CHECKPOINT_LIFE_MS).
      batch.emitOwed(task.tick?.(clock.now()) ?? [], clock.now())
    }
    await this.#takeInputs(task, batch, MOST_INPUTS)
    const behind = this.#queue.length > BEHIND
    while (!batch.full) {
      const { live, patient = false } = this.#tenure.owed()
      const most = patient ? MOST_PATIENT_INPUTS : MOST_INPUTS
      if (live === 0 || batch.inputs >= most) break
      const left = until(stage.linger, { started, touched: this.#touched, patient, behind }) - clock.now()
      if (left <= 0 || this.#stopping.signal.aborted) break
      if (this.#queue.length === 0) await this.#bell.wait(left)
      await this.#takeInputs(task, batch, most)
    }
    breaker.judge(stage.name, batch)
    const owed = this.#tenure.owed()
    const slice = Math.min(SLICE, limits.outputs)
    hooks.owed?.(this.partition, owed)
    while (this.#tenure.owed().live > 0) {
      // Not part of the inputs' transaction: their offsets come with the last slice.
      if (batch.full) await this.#tenure.commit(batch.takeMessages(), [])
      batch.emitOwed(task.drain?.(slice, clock.now()) ?? [], clock.now())
      await breath()
    }
    if (!batch.full && owed.background > 0) {
      // Between live work a whole slice; while there is live work a share, so that it is done one day.
      batch.emitOwed(task.drain?.(batch.inputs === 0 ? slice : Math.min(SHARE, slice), clock.now()) ?? [], clock.now())
    }
    // Whether an input was superseded is not known while its table is filled.
    const due = this.#fillingDue()
    if (due === undefined) await this.#replay.take(task, batch)
    else if (due === 0) this.#tenure.fill()
    // Work that background draining made urgent belongs to the next cycle; it is not an input's.
    await this.#tenure.commit([...batch.takeMessages(), ...batch.takeLetters()], batch.takeOffsets())
    breaker.saw(batch.seen, batch.buried.length)
    for (const { topic, fault } of batch.buried) hooks.buried?.(topic, fault)
    await this.#replay.committed()
    await this.#tenure.flush()
  }

  async #takeInputs(task: Task, batch: Batch, most: number): Promise<void> {
    let breathed = Date.now()
    if (this.#queue.length > 0) this.#touched = this.#context.clock.now()
    while (batch.inputs < most && !batch.full) {
      const message = this.#queue.shift()
      if (message === undefined) return
      step(message, { context: this.#context, tenure: this.#tenure, task, batch })
      batch.inputs++
      batch.offsets.set(message.topic as TopicName, message.offset + 1)
      if (Date.now() - breathed > BREATH_MS) {
        await breath()
        breathed = Date.now()
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { fail, report, clock, hooks, fencedWaitMs } = this.#context
    if (this.#stopping.signal.aborted) return
    if (error instanceof Tripped) {
      this.#tenure.undo()
      this.#context.halt(error.message)
      return
    }
    if (isBug(error)) {
      this.#stopping.abort(error)
      this.#queue.release()
      fail(error)
      return
    }
    const reason = error instanceof Error ? error.message : 'unknown failure'
    report(this.partition, { state: 'amber', reason })
    hooks.trouble?.(this.partition, error)
    const delivered = this.#queue.reset()
    // Fenced: most likely the partition is somebody else's and will be revoked. If not, the broker gave up on a transaction.
    const wait = error instanceof FencedError ? fencedWaitMs : backoffMs(this.#trouble++)
    await clock.sleep(wait, this.#stopping.signal).catch(() => {})
    const over = await this.#takeOverPatiently(async ({ starts }) => {
      for (const [topic, from] of starts) await this.#reread(topic, from, delivered.get(topic) ?? from)
    })
    if (over !== undefined) report(this.partition, { state: 'green', reason: '' })
  }

  /** What had been delivered before the failure and is not committed; nothing that is, by whoever had fenced this task. */
  async #reread(topic: TopicName, from: number, to: number): Promise<void> {
    const { log } = this.#context
    const again: StoredMessage[] = []
    const range = { log, topic, partition: this.partition, from, to, signal: this.#stopping.signal }
    await readRange(range, async (messages) => {
      await this.#context.codec.prepare(topic, valuesOf(messages))
      again.push(...messages)
    })
    this.#queue.prepend(topic, again, Math.max(from, to))
  }

  async #takeOverPatiently(then?: (over: Takeover) => Promise<void>): Promise<Takeover | undefined> {
    const { report, clock, hooks, fail, fencedWaitMs } = this.#context
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const over = await this.#tenure.takeOver()
        this.#from = over.starts
        await this.#replay.takenOver()
        await then?.(over)
        this.#flushDue = true
        this.#touched = clock.now()
        this.#bell.ring()
        return over
      } catch (error) {
        if (signal.aborted) return undefined
        if (isBug(error)) {
          this.#stopping.abort(error)
          fail(error)
          return undefined
        }
        const reason = error instanceof Error ? error.message : 'unknown failure'
        report(this.partition, { state: 'amber', reason: `taking partition ${this.partition} over: ${reason}` })
        hooks.trouble?.(this.partition, error)
        const wait = error instanceof FencedError ? fencedWaitMs : backoffMs(attempt)
        await clock.sleep(wait, signal).catch(() => {})
      }
    }
    return undefined
  }

  async #prepared(topic: TopicName, messages: readonly StoredMessage[]): Promise<void> {
    const { codec, clock, report } = this.#context
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await codec.prepare(topic, valuesOf(messages))
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown failure'
        report(this.partition, { state: 'amber', reason })
        this.#trouble++
        await clock.sleep(backoffMs(attempt), signal).catch(() => {})
      }
    }
  }

  /** ms; undefined: no table is being filled. */
  #fillingDue(): number | undefined {
    return this.#tenure.filling?.dueIn(this.#context.clock.now(), this.#touched)
  }

  #batch(): Batch {
    const { stage, codec, counts, limits } = this.#context
    const outputTables = this.#tenure.tables('output')
    return new Batch({ stage: stage.name, partition: this.partition, codec, counts, outputTables, limits })
  }
}

/** Lets other partitions, heartbeats and sockets have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
