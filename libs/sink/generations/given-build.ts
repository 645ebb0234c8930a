/** A memory log, a memory store with a live sink, and what it takes to build another generation of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import type { Document } from '@attio-stream/documents'
import { createLogger, type RunningApp } from '@attio-stream/service'
import { type Codec, type MemoryLog, memoryLog } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import { givenDocument } from '../given.ts'
import { codec, TOPIC } from '../given-run.ts'
import type { MemorySinkOptions } from '../memory-sink.ts'
import { type FollowOptions, followLive } from './follow.ts'
import { type GenerationKey, sinkGroup } from './generation.ts'
import { MemoryGenerations } from './memory-generations.ts'
import { MemoryStore } from './memory-store.ts'
import type { Asked } from './rebuild.ts'

export const key = (format = '1'): GenerationKey => ({ format, schema: 'memory', model: '' })

const PARTITIONS = 2

export interface Site {
  readonly log: MemoryLog
  readonly store: MemoryStore
  readonly generations: MemoryGenerations
  send(id: string, value: ArtifactState | null): Promise<void>
  /** Starts a sink that follows the live generation. */
  sink(more?: Partial<FollowOptions>): RunningApp
  /** What a rebuild is asked with; `prefix` is what this version of the formatter writes before each title. */
  asked(more?: Partial<Asked> & { readonly prefix?: string }): Asked
  /** Titles readers see, by id. */
  titles(generation?: number): Promise<Readonly<Record<string, string>>>
  /** Messages of the topic a generation's group has committed. */
  committed(generation: number): Promise<number>
}

const formatter =
  (prefix: string) =>
  (artifact: Artifact): Document =>
    givenDocument(
      { id: artifact.record, workspace: artifact.workspace },
      { title: `${prefix}${artifact.name}`, lines: [`About ${artifact.name}.`] },
    )

export function site(t: TestContext, options: (generation: number) => MemorySinkOptions = () => ({})): Site {
  const log = memoryLog({ topics: { [TOPIC]: PARTITIONS, 'crm.dead-letters': 1 } })
  const store = new MemoryStore('memory', options)
  const generations = new MemoryGenerations('memory')
  const directory = mkdtempSync(join(tmpdir(), 'generations-'))
  const logger = createLogger({ level: 'silent' })
  const running: RunningApp[] = []
  t.after(async () => {
    await Promise.all(running.map((app) => app.stop()))
    rmSync(directory, { recursive: true })
  })
  return {
    log,
    store,
    generations,
    async send(id, value) {
      const bytes = value === null ? null : codec.encode(TOPIC, value)
      const partition = Number(id.at(-1)) % PARTITIONS
      await log.produce([{ topic: TOPIC, partition, key: id, value: bytes, headers: { workspace: 'w1' } }])
    },
    sink(more = {}) {
      const app = followLive({
        store,
        log,
        generations: async () => generations,
        key: key(),
        codec: async () => codec,
        format: formatter(''),
        logger,
        metrics: new Registry(),
        limits: { lingerMs: 1 },
        keepMs: 60_000,
        everyMs: 20,
        ...more,
      })
      running.push(app)
      return app
    },
    asked: ({ prefix = '', ...more } = {}) => ({
      store,
      generations,
      log,
      codec: codec as Codec,
      format: formatter(prefix),
      key: key(prefix === '' ? '1' : prefix),
      logger,
      metrics: new Registry(),
      limits: { lingerMs: 1, documents: 10 },
      pace: { share: 1, perSecond: 0, liveLag: 1000 },
      directory,
      signal: new AbortController().signal,
      followMs: 2000,
      ...more,
    }),
    async titles(generation = store.shown) {
      const titles: [string, string][] = []
      for await (const { id, workspace } of store.of(generation).scan()) {
        const put = store.of(generation).get(workspace, id)
        if (put !== undefined) titles.push([id, put.document.title])
      }
      return Object.fromEntries(titles.sort(([a], [b]) => (a < b ? -1 : 1)))
    },
    async committed(generation) {
      const offsets = await log.committed(sinkGroup('memory', generation), TOPIC)
      return offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0)
    },
  }
}
