/**
 * The whole pipeline without servers: emulated Attio → webhook, hydrate, backfill → compact → enrich → a store in memory, with
 * the real formatter, on a memory log, tables in a temporary directory. Edit at one end, read documents at the other.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Brake,
  DIRECTORY,
  fanOut,
  type RunsOptions,
  type Summary,
  type SweepOptions,
  summaryOf,
  sweepOne,
  walkOne,
  walksInMemory,
} from '@attio-stream/backfill'
import { type Change, TOPICS, type TopicName } from '@attio-stream/contracts'
import type { Metadata } from '@attio-stream/documents'
import { parkingInMemory } from '@attio-stream/hydrate'
import { MemorySink } from '@attio-stream/sink/memory'
import { type Codec, type MemoryLog, memoryCodec, memoryLog, type Publisher, publisher } from '@attio-stream/stream'
import { type AttioEmulator, type AttioEmulatorOptions, startAttioEmulator } from '../emulators/attio/index.ts'
import { until } from '../support/until.ts'
import { clientsOf, hydrateOn, receiveOn } from './ingress.ts'
import {
  type Code,
  compactProcess,
  enrichProcess,
  type Process,
  type ProcessOptions,
  sinkProcess,
} from './processes.ts'
import { messagesOf, still } from './stillness.ts'

export interface Shown {
  readonly title: string
  readonly text: string
  readonly metadata: Metadata
}
export type StageName = 'hydrate' | 'compact' | 'enrich' | 'sink'

export interface WholeRigOptions extends AttioEmulatorOptions {
  /** LATE_READ_MS of compact, and of hydrate with a little slack. Default 100. */
  readonly lateReadMs?: number
}

export interface WholeRig extends AsyncDisposable {
  readonly attio: AttioEmulator
  readonly workspace: string
  readonly log: MemoryLog
  readonly codec: Codec
  readonly store: MemorySink
  /** Registers the webhook: from now on edits are delivered. */
  connect(): Promise<void>
  /** Walks the workspace once; resolves when every page is with the brokers. */
  backfill(options?: Partial<Pick<RunsOptions, 'publisher' | 'onPage'>>): Promise<void>
  /** Walks it once more, looks for what is gone, and says what it healed when all is quiet again. */
  sweep(options?: Partial<Pick<SweepOptions, 'publisher' | 'onPage'>>): Promise<Swept>
  /** Every living document, by record. */
  documents(): Promise<ReadonlyMap<string, Shown>>
  document(record: string): Shown | undefined
  /** Resolves when the document of the record holds the text. */
  shows(record: string, text: string): Promise<void>
  /** Resolves when the record has a document without the text. */
  lacks(record: string, text: string): Promise<void>
  /** Resolves when the record has no document. */
  gone(record: string): Promise<void>
  until(what: string, holds: () => unknown): Promise<void>
  /** Resolves when nothing is under way any more. */
  quiet(): Promise<void>
  changes(): Promise<readonly Change[]>
  /** As the backfill does. */
  publish: Publisher['publish']
  /** Messages of the topic so far. */
  written(topic: TopicName): Promise<number>
  /** kill -9 of one process, and its successor. */
  crash(stage: StageName, options: { readonly disk: 'kept' | 'lost' }): Promise<void>
  /** The same, and the successor runs this code, as do all that follow. */
  deploy(stage: 'compact' | 'enrich', code: Code): Promise<void>
  close(): Promise<void>
}

export type Swept = Omit<Summary, 'complete'> & { readonly streams: Readonly<Record<string, string>> }

const PARTITIONS = 4
const DEADLINE = 15_000

/** Connected, backfilled and quiet. */
export async function filledRig(options: WholeRigOptions = {}): Promise<WholeRig> {
  const rig = await wholeRig(options)
  try {
    await rig.connect()
    await rig.backfill()
    await rig.quiet()
    return rig
  } catch (error) {
    await rig.close()
    throw error
  }
}

export async function wholeRig({ lateReadMs = 100, ...options }: WholeRigOptions = {}): Promise<WholeRig> {
  const attio = await startAttioEmulator({ records: 60, limits: 'off', timeScale: 0.001, ...options })
  const { id: workspace } = attio.workspaces[0] ?? assert.fail('no workspace')
  const root = await mkdtemp(join(tmpdir(), 'stories-'))
  const topics = Object.entries(TOPICS).map(([name, { partitions }]) => [
    name,
    partitions === 'shared' ? PARTITIONS : 1,
  ])
  const log = memoryLog({ topics: Object.fromEntries(topics) })
  const codec = memoryCodec()
  const out = publisher(log, codec)
  const store = new MemorySink()
  const clients = clientsOf(attio)
  const receiving = await receiveOn(log, codec)
  const processes = new Map<StageName, Process>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  let lives = 0
  const directories: Record<string, string> = {}
  let code: Code = {}

  const start = async (stage: StageName, disk: 'kept' | 'lost'): Promise<void> => {
    if (disk === 'lost' || directories[stage] === undefined) directories[stage] = join(root, String(lives++))
    const common: ProcessOptions = { log, codec, directory: directories[stage] }
    const process = await make(stage, common)
    process.failed.catch(failed.reject)
    processes.set(stage, process)
  }
  const make = async (stage: StageName, common: ProcessOptions): Promise<Process> => {
    switch (stage) {
      case 'hydrate':
        return hydrateProcess(common)
      case 'compact':
        return compactProcess({ ...common, lateReadMs, ...code })
      case 'enrich':
        return enrichProcess({ ...common, ...code })
      case 'sink':
        return sinkProcess({ ...common, store })
    }
  }
  const hydrateProcess = async (common: ProcessOptions): Promise<Process> => {
    const connection = common.log.connect()
    const parking = parkingInMemory()
    const given = { log: connection, codec, clients, trailing: lateReadMs + 50, parking, broken: new Set<string>() }
    const running = await hydrateOn(given)
    return { ...running, owed: () => 0, names: () => [], crash: () => connection.crash() }
  }
  for (const stage of ['compact', 'enrich', 'sink', 'hydrate'] as const) await start(stage, 'lost')

  const walks = walksInMemory()
  const never = new AbortController().signal
  let runs = 0
  const orFail = <T>(work: Promise<T>): Promise<T> => Promise.race([work, failed.promise])
  const wait = (what: string, holds: () => unknown): Promise<void> =>
    orFail(until(what, async () => assert.ok(await holds(), 'not yet'), { withinMs: DEADLINE, everyMs: 5 }))
  const document = (record: string): Shown | undefined => store.get(workspace, record)?.document
  const excerpt = (record: string): string => document(record)?.text ?? '(no document)'

  const walking = (): RunsOptions => ({
    clientOf: (id, kind) => clients.get(id)?.for(kind) ?? 'unknown',
    refused: async () => assert.fail('Attio refused the token'),
    publisher: out,
    walks,
    brake: new Brake({ log, watched: [], maxLag: 1 }),
  })

  const rig: WholeRig = {
    attio,
    workspace,
    log,
    codec,
    store,
    async connect() {
      await receiving.connect(workspace, clients.get(workspace) ?? assert.fail('no client'))
    },
    async backfill(more = {}) {
      const run = `r${runs++}`
      const given = { ...walking(), ...more }
      await walks.begin(workspace, run)
      await fanOut({ workspace, run, stream: DIRECTORY }, given, never)
      const streams = (await walks.ofRun(workspace, run)).filter(({ stream }) => stream !== DIRECTORY)
      const outcomes = await Promise.all(streams.map(({ stream }) => walkOne({ workspace, run, stream }, given, never)))
      for (const outcome of outcomes) assert.equal(outcome.kind, 'done', JSON.stringify(outcome))
    },
    async sweep(more = {}) {
      const key = { workspace, run: `s${runs++}` }
      const given: SweepOptions = { ...walking(), log, codec, ...more }
      const again = (error: unknown): ReturnType<typeof sweepOne> => {
        if (!(error instanceof Error && error.name === 'RunLater')) throw error
        return sweepOne(key, given, never).catch(again)
      }
      const streams = await sweepOne(key, given, never).catch(again)
      await rig.quiet()
      const summary = await summaryOf(key, { log, codec, walks, signal: never })
      return { ...summary, streams: Object.fromEntries(streams.map(({ title, state }) => [title, state])) }
    },
    async documents() {
      const held = await Array.fromAsync(store.scan())
      return new Map(
        held.flatMap(({ id, deleted }) => {
          const shown = document(id)
          return deleted || shown === undefined ? [] : [[id, shown] as const]
        }),
      )
    },
    document,
    shows: (record, text) =>
      wait(`"${text}" in the document of ${record}`, () => document(record)?.text.includes(text)).catch((error) => {
        throw new Error(`${error.message}\n${excerpt(record)}`, { cause: error })
      }),
    lacks: (record, text) =>
      wait(`the document of ${record} without "${text}"`, () => document(record)?.text.includes(text) === false).catch(
        (error) => {
          throw new Error(`${error.message}\n${excerpt(record)}`, { cause: error })
        },
      ),
    gone: (record) => wait(`no document of ${record}`, () => document(record) === undefined),
    until: wait,
    quiet: () =>
      orFail(
        until(
          'quiet',
          async () => {
            await attio.deliveries.settled()
            await still(log, [...processes.values()])
          },
          { withinMs: DEADLINE, everyMs: 5 },
        ),
      ),
    async changes() {
      const messages = await messagesOf(log, 'attio.changes')
      return messages.flatMap(({ value }) => (value === null ? [] : [codec.decode('attio.changes', value)]))
    },
    publish: (outputs) => out.publish(outputs),
    written: async (topic) => (await messagesOf(log, topic)).length,
    async crash(stage, { disk }) {
      processes.get(stage)?.crash()
      await start(stage, disk)
    },
    async deploy(stage, changed) {
      code = { ...code, ...changed }
      await rig.crash(stage, { disk: 'kept' })
    },
    async close() {
      await attio.stop()
      await Promise.all([...processes.values()].map((process) => process.stop()))
      await receiving.close()
      await rm(root, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => rig.close(),
  }
  return rig
}
