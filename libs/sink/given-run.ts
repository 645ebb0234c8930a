/** A memory log with crm.artifacts, a memory sink and the loop between them, for facts about the loop. */
import type { TestContext } from 'node:test'
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import { createLogger, type RunningApp } from '@attio-stream/service'
import { type MemoryLog, memoryCodec, memoryLog, type StoredMessage } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import { sinkGroup } from './generations/generation.ts'
import { givenDocument } from './given.ts'
import { MemorySink, type MemorySinkOptions } from './memory-sink.ts'
import { runSink, type SinkRunOptions } from './run.ts'

export const TOPIC = 'crm.artifacts'
export const WORKSPACE = 'w1'
export const codec = memoryCodec()

export const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 10_000
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** An artifact whose document has this title. */
export const alive = (record: string, name: string): ArtifactState => ({
  workspace_id: WORKSPACE,
  object_id: 'o1',
  object_slug: 'companies',
  hash: name,
  deleted: false,
  fence: 0,
  record_offset: -1,
  body: JSON.stringify({ workspace: WORKSPACE, record, name, attributes: [] }),
})
export const dead = (record: string): ArtifactState => ({ ...alive(record, ''), deleted: true, hash: '', body: null })
const format = (artifact: Artifact) =>
  givenDocument({ id: artifact.record, workspace: artifact.workspace }, { title: artifact.name ?? '' })

export interface World {
  readonly log: MemoryLog
  readonly sink: MemorySink
  readonly metrics: Registry
  /** Appends to crm.artifacts; the partition is the digit the key ends in. */
  send(key: string, value: ArtifactState | Buffer | null): Promise<void>
  run(more?: Partial<SinkRunOptions>, mortal?: boolean): RunningApp
  committed(): Promise<readonly number[]>
  letters(): Promise<readonly (StoredMessage & { letter: ReturnType<typeof letterOf> })[]>
}
const letterOf = (message: StoredMessage) => codec.decode('crm.dead-letters', message.value as Buffer)
const partitionOf = (key: string) => Number(key.at(-1)) % 2

export function world(t: TestContext, options: MemorySinkOptions = {}): World {
  const log = memoryLog({ topics: { [TOPIC]: 2, 'crm.dead-letters': 1 } })
  const sink = new MemorySink(options)
  const metrics = new Registry()
  const apps: RunningApp[] = []
  t.after(async () => {
    await Promise.all(apps.map((app) => app.stop()))
  })
  return {
    log,
    sink,
    metrics,
    async send(key, value) {
      const bytes = value === null || Buffer.isBuffer(value) ? value : codec.encode(TOPIC, value)
      const headers = { workspace: WORKSPACE }
      await log.produce([{ topic: TOPIC, partition: partitionOf(key), key, value: bytes, headers }])
    },
    run(more = {}, mortal = false) {
      const app = runSink({
        sink,
        log,
        codec: async () => codec,
        format,
        logger: createLogger({ level: 'silent' }),
        metrics,
        limits: { lingerMs: 1 },
        graceMs: 200,
        ...more,
      })
      if (!mortal) apps.push(app)
      return app
    },
    committed: () => log.committed(sinkGroup(sink.name), TOPIC),
    async letters() {
      const found: (StoredMessage & { letter: ReturnType<typeof letterOf> })[] = []
      const reader = log.read({
        topic: 'crm.dead-letters',
        from: new Map([[0, 0]]),
        until: 'end',
        onMessages: (_, messages) => {
          found.push(...messages.map((message) => ({ ...message, letter: letterOf(message) })))
        },
      })
      await reader.done
      return found
    },
  }
}
export const titles = ({ sink }: World, ...ids: readonly string[]) =>
  ids.map((id) => sink.get(WORKSPACE, id)?.document.title ?? null)
