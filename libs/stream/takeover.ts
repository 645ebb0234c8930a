/**
 * Taking a partition over: fence the earlier owner, learn what it committed, bring the tables to exactly there (from disk, or
 * from the topics when the disk is gone, foreign, too old, or ahead), and say where reading starts.
 */
import type { TopicName } from '@attio-stream/contracts'
import type { BuryOutside } from './bury-outside.ts'
import type { Codec } from './codec.ts'
import { Poison } from './errors.ts'
import type { Behind } from './filling.ts'
import { CHECKPOINT_LIFE_MS, type Globals, valuesOf } from './globals.ts'
import type { Log, StoredMessage, TransactionalWriter } from './log.ts'
import type { Stage, Task } from './stage.ts'
import type { DiskTable } from './table.ts'
import type { Checkpoint, TableStore } from './table-store.ts'

/** Held in memory at most before it is written: the more at once, the fewer pages are written twice. */
const FLUSH_BYTES = 2 * 1024 * 1024

export interface TakeoverOptions {
  readonly stage: Stage
  readonly partition: number
  readonly log: Log
  readonly codec: Codec
  readonly store: TableStore
  readonly globals: Globals | undefined
  readonly version: string
  readonly now: () => number
  readonly signal: AbortSignal
  readonly bury: BuryOutside
}
export interface Takeover {
  readonly writer: TransactionalWriter
  readonly task: Task
  /** Where reading starts, by input topic. */
  readonly starts: ReadonlyMap<TopicName, number>
  /** What is read below it is read again. */
  readonly committed: ReadonlyMap<TopicName, number>
  /** Input tables contain everything before: what is read below it leaves them alone. */
  readonly restored: ReadonlyMap<TopicName, number>
  /** What the input tables do not contain of it: to be filled behind live work, and followed by a recheck. */
  readonly behind: readonly Behind[]
  /** Of the input topics, when it was taken over. */
  readonly ends: ReadonlyMap<TopicName, number>
  readonly positions: Readonly<Record<string, number>>
  readonly settled: Readonly<Record<string, number>>
  readonly recheck: boolean
  /** Of the code all that was emitted agrees with; another one than today's: a replay is owed. */
  readonly version: string
  /** Messages read to restore the tables. */
  readonly messages: number
}

export async function takeOver(options: TakeoverOptions): Promise<Takeover> {
  const { stage, partition, log, signal } = options
  // Revoked already: the new owner must not be fenced.
  signal.throwIfAborted()
  const writer = await log.transactional(`${stage.name}-${partition}`)
  try {
    return { writer, ...(await restore(options)) }
  } catch (error) {
    await writer.close().catch(() => {})
    throw error
  }
}

async function restore(options: TakeoverOptions): Promise<Omit<Takeover, 'writer'>> {
  const { stage, partition, log, codec, store, globals, version, signal } = options
  const name = (topic: string) => `${topic}/${partition}`
  const tables = [...store.tables.values()]
  const outputs = [...new Set(tables.filter(({ spec }) => spec.side === 'output').map(({ spec }) => spec.topic))]
  const inputs = stage.from.filter((topic) => tables.some(({ spec }) => spec.side === 'input' && spec.topic === topic))
  const committed = new Map<TopicName, number>()
  const beginnings = new Map<TopicName, number>()
  const ends = new Map<TopicName, number>()
  for (const topic of stage.from) {
    const [offsets, begins, end] = await Promise.all([
      log.committed(stage.name, topic),
      log.beginnings(topic),
      log.ends(topic),
    ])
    beginnings.set(topic, begins[partition] ?? 0)
    ends.set(topic, end[partition] ?? 0)
    committed.set(topic, Math.max(offsets[partition] ?? -1, begins[partition] ?? 0))
  }
  for (const topic of outputs) {
    const [begins, end] = await Promise.all([log.beginnings(topic), log.ends(topic)])
    beginnings.set(topic, begins[partition] ?? 0)
    ends.set(topic, end[partition] ?? 0)
  }

  await globals?.current(signal)
  store.abort()
  await store.flushed()
  let checkpoint = store.checkpoint
  const stale = checkpoint !== undefined && !usable(checkpoint)
  if (stale) {
    await store.clear()
    checkpoint = undefined
  }
  const fresh = checkpoint === undefined
  if (fresh) for (const table of tables) table.fill()
  for (const [topic, ids] of Object.entries(checkpoint?.writers ?? {})) {
    await codec.prepareWriters(topic as TopicName, ids)
  }
  const changed = checkpoint?.version !== version
  // Nothing was ever written, so nothing can disagree: the input is stepped from its beginning, and its tables follow.
  const first =
    fresh &&
    stage.from.every((topic) => committed.get(topic) === beginnings.get(topic)) &&
    outputs.every((topic) => ends.get(topic) === 0)
  const recheck =
    !first &&
    (fresh || checkpoint?.recheck === true || (changed && stage.replay === undefined) || globals?.rebuilt === true)
  // A recheck looks at everything; otherwise a stage with a replay takes its input again with the new code, behind the live one.
  const agreed = recheck || checkpoint === undefined ? version : checkpoint.version
  const positions: Record<string, number> = { ...checkpoint?.positions }
  const settled = first ? (globals?.positions ?? {}) : (checkpoint?.settled ?? {})

  function usable({ positions: known, at, filling }: Checkpoint): boolean {
    if (filling) return false
    if (options.now() - at > CHECKPOINT_LIFE_MS && tables.length > 0) return false
    const within = (topic: TopicName, last: number) => {
      const position = known[name(topic)]
      return position !== undefined && position >= (beginnings.get(topic) ?? 0) && position <= last
    }
    return (
      inputs.every((topic) => within(topic, ends.get(topic) ?? 0)) &&
      outputs.every((topic) => within(topic, ends.get(topic) ?? 0))
    )
  }

  const flush = () => {
    const writers = Object.fromEntries(tables.map(({ spec }) => [spec.topic, codec.writers(spec.topic)]))
    const filling = behind.length > 0
    const at = options.now()
    return store.flush({ positions: { ...positions }, settled, recheck, filling, version: agreed, at, writers })
  }
  const behind: Behind[] = []
  let messages = 0
  let unwritten = 0
  const fill = async (topic: TopicName, side: 'input' | 'output', to: number) => {
    const some = tables.filter(({ spec }) => spec.topic === topic && spec.side === side)
    const from = positions[name(topic)] ?? beginnings.get(topic) ?? 0
    if (some.length > 0 && from < to) {
      await readRange({ log, topic, partition, from, to, signal }, async (read) => {
        await codec.prepare(topic, valuesOf(read))
        await apply(some, read, options)
        messages += read.length
        positions[name(topic)] = (read.at(-1) as StoredMessage).offset + 1
        for (const { key, value } of read) unwritten += key.length + (value?.length ?? 0)
        if (unwritten < FLUSH_BYTES) return
        unwritten = 0
        const { backlog } = store
        const flushed = flush()
        if (backlog > 0) await flushed
      })
    }
    positions[name(topic)] = to
  }
  for (const topic of outputs) await fill(topic, 'output', ends.get(topic) ?? 0)
  // Input tables go to the end of their topics, not to what is committed: what was written may follow from input behind it (in
  // slices, or by a process whose tables were ahead), and log compaction may have left of a key only what is there. A table
  // that ended before would take such a key for forgotten.
  const restored = new Map(committed)
  if (!first) for (const topic of inputs) restored.set(topic, Math.max(committed.get(topic) ?? 0, ends.get(topic) ?? 0))
  // What is committed may follow behind live work; what is not, live work would else show older than it was written.
  for (const topic of fresh && recheck ? inputs : []) {
    const from = beginnings.get(topic) ?? 0
    const to = committed.get(topic) ?? 0
    const some = tables.filter(({ spec }) => spec.topic === topic && spec.side === 'input')
    if (from >= to || !some.every(({ spec }) => spec.behind === true)) continue
    behind.push({ topic, from, to, end: restored.get(topic) ?? to })
    positions[name(topic)] = to
    for (const table of some) table.defer()
  }
  for (const topic of stage.from) await fill(topic, 'input', restored.get(topic) ?? 0)
  // What is not on disk yet is seen all the same; a disk that failed is told of by the next flush.
  void flush()
  for (const [topic, offset] of committed) positions[name(topic)] = offset

  const starts = new Map(committed)
  if (fresh && stage.rereadMs !== undefined && stage.rereadMs > 0) {
    for (const [topic, offset] of committed) starts.set(topic, await rereadFrom(options, topic, offset))
  }
  const own = Object.fromEntries(store.tables)
  const task = stage.task({ ...own, ...Object.fromEntries(globals?.tables ?? []) })
  // From here to the end nothing waits: no change of a global table can slip in between.
  if (!recheck) announce(task, globals, settled)
  else if (behind.length === 0) task.recheck?.()
  const at = { starts, committed, restored, behind, ends, positions, settled }
  return { task, ...at, recheck, version: agreed, messages }
}

async function apply(
  tables: readonly DiskTable[],
  messages: readonly StoredMessage[],
  { bury }: Pick<TakeoverOptions, 'bury'>,
): Promise<void> {
  for (const message of messages) {
    for (const table of tables) {
      try {
        table.put(message)
      } catch (error) {
        if (!(error instanceof Poison)) throw error
        // For the table it is not there. An input was buried when it was stepped.
        if (table.spec.side === 'output') await bury(message, error)
      }
    }
  }
}

/** Whatever changed in global tables since the task had dealt with them all. */
function announce(task: Task, globals: Globals | undefined, settled: Readonly<Record<string, number>>): void {
  if (task.globalChanged === undefined) return
  const topics = new Set([...(globals?.tables.values() ?? [])].map(({ spec }) => spec.topic))
  for (const topic of topics)
    for (const key of globals?.changedSince(topic, settled) ?? []) task.globalChanged(topic, key)
}

interface Range {
  readonly log: Log
  readonly topic: TopicName
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly signal: AbortSignal
}

/** Hands over the messages of [from, to) in order. */
export async function readRange(
  { log, topic, partition, from, to, signal }: Range,
  onMessages: (messages: readonly StoredMessage[]) => Promise<void> | void,
): Promise<void> {
  signal.throwIfAborted()
  if (from >= to) return
  const enough = new AbortController()
  const reader = log.read({
    topic,
    from: new Map([[partition, from]]),
    until: 'end',
    signal: AbortSignal.any([signal, enough.signal]),
    onMessages: async (_partition, messages) => {
      const wanted = messages.filter(({ offset }) => offset < to)
      if (wanted.length > 0) await onMessages(wanted)
      if (wanted.length < messages.length) enough.abort()
    },
  })
  await reader.done
  signal.throwIfAborted()
}

/** `rereadMs` before the last message that was committed. */
async function rereadFrom(options: TakeoverOptions, topic: TopicName, committed: number): Promise<number> {
  const { stage, log, partition, signal } = options
  const begin = (await log.beginnings(topic))[partition] ?? 0
  for (let back = 100; committed > begin; back *= 10) {
    const from = Math.max(begin, committed - back)
    let last: number | undefined
    await readRange({ log, topic, partition, from, to: committed, signal }, (messages) => {
      last = messages.at(-1)?.timestamp
    })
    if (last !== undefined) {
      const offsets = await log.offsetsAt(topic, last - (stage.rereadMs ?? 0))
      return Math.max(begin, Math.min(committed, offsets[partition] ?? committed))
    }
    if (from === begin) return committed
  }
  return committed
}
