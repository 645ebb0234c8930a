/**
 * Whether a partition owes a replay, and which: its own, because the stage's code changed, before one that was asked for.
 * The taking itself is replaying.ts's.
 */
import type { Replay } from '@attio-stream/contracts'
import type { Batch } from './batch.ts'
import { Replaying } from './replaying.ts'
import type { RunContext } from './run-context.ts'
import type { Task } from './stage.ts'
import type { Tenure } from './tenure.ts'

/** In one transaction at most: between live work, and beside it. */
const SLICE = 500
const SHARE = 100

export interface TaskReplayOptions {
  readonly context: RunContext
  readonly partition: number
  readonly tenure: Tenure
  /** There is something to do. */
  readonly onReady: () => void
}

export class TaskReplay {
  readonly #options: TaskReplayOptions
  #due = false
  #now: Replaying | undefined
  /** What was finished here; crm.replays says so a moment later. */
  #finished: string | undefined

  constructor(options: TaskReplayOptions) {
    this.#options = options
  }

  /** The partition was taken over: what was in hand is not, and goes on from what is committed. */
  async takenOver(): Promise<void> {
    await this.#drop()
    this.look()
  }

  /** Somebody asked for something, or for nothing any more. */
  look(): void {
    this.#due = true
    this.#options.onReady()
  }

  get ready(): boolean {
    return this.#due || this.#now?.ready === true
  }

  /** A slice into the batch; a small one beside live work. Nothing of another batch may be under way. */
  async take(task: Task, batch: Batch): Promise<void> {
    if (this.#due) await this.#choose()
    if (!batch.full) this.#now?.take(task, batch, batch.inputs === 0 ? SLICE : SHARE)
  }

  /** The batch was committed. */
  async committed(): Promise<void> {
    if (this.#now?.done !== true) return
    this.#options.context.hooks.replay?.(this.#options.partition, this.#now.replay)
    if (this.#now.unasked) this.#options.tenure.renewed()
    else this.#finished = this.#now.id
    await this.#drop()
    this.look()
  }

  async stop(): Promise<void> {
    await this.#drop()
  }

  async #choose(): Promise<void> {
    this.#due = false
    const { context, partition, onReady, tenure } = this.#options
    const { stage, replays } = context
    if (stage.replay === undefined) return
    const asked = replays?.request
    const id = tenure.outdated ? `code ${context.version}` : asked?.id
    if (id === this.#now?.id) return
    await this.#drop()
    if (id === undefined || id === this.#finished) return
    const progress = tenure.outdated ? undefined : replays?.progress(partition)
    if (progress?.done === true) return
    const begun = progress ?? (await this.#beginning(tenure.outdated || asked === undefined ? everything(id) : asked))
    const { replay: topic } = stage
    context.hooks.replay?.(partition, begun)
    this.#now = new Replaying({ context, partition, topic, begun, unasked: tenure.outdated, onReady })
  }

  async #beginning(asked: Replay): Promise<Replay> {
    const { context, partition, tenure } = this.#options
    const topic = context.stage.replay as NonNullable<RunContext['stage']['replay']>
    const to = tenure.position(topic) ?? 0
    const from = Math.min(to, (await context.log.beginnings(topic))[partition] ?? 0)
    return { ...asked, from, to, position: from, looked: 0, differed: 0, unreadable: 0, done: false }
  }

  async #drop(): Promise<void> {
    const now = this.#now
    this.#now = undefined
    await now?.stop()
  }
}

function everything(id: string): Replay {
  const none = { from: 0, to: 0, position: 0, looked: 0, differed: 0, unreadable: 0, done: false }
  return { workspace_id: null, id, dry_run: false, entries: false, requested_at: 0, ...none }
}
