/** What the tests of the run loop share: a small memory log, sending and looking at what came of it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { ArtifactState, TopicName, TopicValues } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import { memoryCodec } from './codec.ts'
import type { Log, StoredMessage } from './log.ts'
import { memoryLog } from './memory-log.ts'
import { partitionOf } from './partition.ts'
import { type RunStageOptions, runStage } from './run.ts'
import { sampleStage } from './sample-stage.ts'
import type { Stage } from './stage.ts'

export const codec = memoryCodec()
const root = mkdtempSync(join(tmpdir(), 'stream-run-'))
after(() => rmSync(root, { recursive: true, force: true }))
let directories = 0
export const freshDirectory = () => join(root, String(directories++))
export const TOPIC_COUNTS = { 'crm.records': 2, 'crm.artifacts': 2, 'crm.names': 2, 'crm.dead-letters': 1 }
export const newLog = (pause?: (point: string) => Promise<void>) =>
  memoryLog({ topics: TOPIC_COUNTS, ...(pause === undefined ? {} : { pause }) })

export async function send<T extends TopicName>(
  log: Log,
  topic: T,
  key: string,
  value: TopicValues[T] | null,
): Promise<void> {
  const partition = partitionOf(TOPICS[topic], key, await log.partitions(topic))
  await log.produce([{ topic, partition, key, value: value === null ? null : codec.encode(topic, value) }])
}

export async function messages(log: Log, topic: TopicName): Promise<StoredMessage[]> {
  const all: StoredMessage[] = []
  const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
  await log.read({ topic, from, until: 'end', onMessages: (_partition, some) => void all.push(...some) }).done
  return all
}

async function bodies(log: Log): Promise<Record<string, string | null>> {
  const last: Record<string, string | null> = {}
  for (const { key, value } of await messages(log, 'crm.artifacts')) {
    if (value === null) delete last[key]
    else last[key] = (codec.decode('crm.artifacts', value) as ArtifactState).body
  }
  return last
}

/** Waits until the log's artifacts are these. */
export async function shows(log: Log, expected: Readonly<Record<string, string | null>>): Promise<void> {
  let actual: unknown
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    actual = await bodies(log)
    try {
      assert.deepEqual(actual, expected)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  assert.deepEqual(actual, expected)
}

export const start = (
  log: Log,
  directory: string,
  options: Partial<RunStageOptions> = {},
  stage: Stage = sampleStage as unknown as Stage,
) => runStage(stage, { log, codec, directory, fencedWaitMs: 20, ...options })
