/** For tests: crm.artifacts with some states in one partition of a memory log, and what a sink makes of them. */
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import { type Sink, sinkGroup } from '@attio-stream/sink'
import { givenDocument, givenPut } from '@attio-stream/sink/given'
import { memoryCodec, memoryLog } from '@attio-stream/stream'
import { type VerifyOptions, verify } from './verify.ts'

export const TOPIC = 'crm.artifacts'
export const codec = memoryCodec()
const titled = (record: string, name: string, workspace = 'w1') =>
  givenDocument({ id: record, workspace }, { title: name })
export const format = (artifact: Artifact) => titled(artifact.record, artifact.name ?? '', artifact.workspace)
export const alive = (record: string, name: string, workspace = 'w1'): ArtifactState => ({
  workspace_id: workspace,
  object_id: 'o1',
  object_slug: 'companies',
  hash: name,
  deleted: false,
  fence: 0,
  record_offset: -1,
  body: JSON.stringify({ workspace, record, name, attributes: [] }),
})
export const dead = (record: string, workspace = 'w1'): ArtifactState => ({
  ...alive(record, '', workspace),
  deleted: true,
  hash: '',
  body: null,
})
/** A put as the sink makes it. */
export const put = (id: string, version: number, name: string, workspace = 'w1') =>
  givenPut({ id, version, workspace }, { title: name })

/** crm.artifacts with these states in one partition, all committed by the sink unless told otherwise. */
export async function givenWorld(states: readonly (readonly [string, ArtifactState | Buffer | null])[]) {
  const log = memoryLog({ topics: { [TOPIC]: 1, 'crm.dead-letters': 1 } })
  const send = async (key: string, value: ArtifactState | Buffer | null) => {
    const bytes = value === null || Buffer.isBuffer(value) ? value : codec.encode(TOPIC, value)
    await log.produce([{ topic: TOPIC, partition: 0, key, value: bytes, headers: { workspace: 'w1' } }])
  }
  for (const [key, value] of states) await send(key, value)
  const commit = async (offset: number) => {
    const writer = await log.transactional('test')
    await writer.commit({ messages: [], group: sinkGroup('memory'), offsets: [{ topic: TOPIC, partition: 0, offset }] })
  }
  await commit(states.length)
  const options = (...stores: readonly Sink[]): VerifyOptions => ({ log, codec, format, stores, waitMs: 0 })
  return {
    log,
    send,
    commit,
    options,
    check: async (sink: Sink, more: Partial<VerifyOptions> = {}) => await verify({ ...options(sink), ...more }),
  }
}
