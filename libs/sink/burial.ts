/**
 * Dead letters of a sink: the artifact's own bytes with topic, partition and offset, acknowledged by the brokers before
 * the offset is committed. A crash between the two buries the same message twice, under the same address. Whoever tries
 * one again must write it with that offset as its version, so that it never overwrites what superseded it (R12).
 */
import { TOPICS } from '@attio-stream/contracts'
import { type Codec, type Log, partitionOf, type StoredMessage } from '@attio-stream/stream'

const TOPIC = 'crm.dead-letters'
const REQUEST_BYTES = 4 * 1024 * 1024

export interface Burial {
  readonly message: StoredMessage
  readonly workspace: string | null
  readonly reason: string
  readonly attempts: number
}

export interface Cemetery {
  readonly log: Log
  readonly codec: Pick<Codec, 'encode'>
  readonly stage: string
  readonly now: () => number
}

/** Resolves when all are acknowledged. Throws what the log throws: then nothing may be committed. */
export async function bury(burials: readonly Burial[], { log, codec, stage, now }: Cemetery): Promise<void> {
  if (burials.length === 0) return
  const count = await log.partitions(TOPIC)
  let request: Parameters<Log['produce']>[0][number][] = []
  let bytes = 0
  const send = async () => {
    if (request.length > 0) await log.produce(request)
    request = []
    bytes = 0
  }
  for (const { message, workspace, reason, attempts } of burials) {
    const value = codec.encode(TOPIC, {
      workspace_id: workspace,
      stage,
      reason,
      attempts,
      topic: message.topic,
      partition: message.partition,
      offset: message.offset,
      key: Buffer.from(message.key),
      value: message.value,
      buried_at: now(),
    })
    if (bytes + value.length > REQUEST_BYTES) await send()
    const partition = partitionOf(TOPICS[TOPIC], message.key, count)
    const headers = { stage, ...(workspace === null ? {} : { workspace }) }
    request.push({ topic: TOPIC, partition, key: message.key, value, headers })
    bytes += value.length
  }
  await send()
}
