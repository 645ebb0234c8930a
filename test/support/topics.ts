/** The topics of a running system as a reader sees them: committed messages only, decoded with our own schemas. */
import type { DeadLetter, TopicName } from '@attio-stream/contracts'
import type { System } from '@attio-stream/stack/system'
import { type Codec, kafkaLog, type Log, openCodec, type StoredMessage } from '@attio-stream/stream'

export interface Topics {
  readonly log: Log
  readonly codec: Codec
  /** All messages kept, in the order of their offsets within a partition. */
  read(topic: TopicName): Promise<readonly StoredMessage[]>
  deadLetters(): Promise<readonly DeadLetter[]>
  close(): Promise<void>
}

export async function openTopics({ env }: Pick<System, 'env'>): Promise<Topics> {
  const codec = await openCodec({ registryUrl: String(env.SCHEMA_REGISTRY_URL) })
  const log = kafkaLog({ brokers: String(env.KAFKA_BROKERS).split(','), clientId: 'e2e' })
  const read = async (topic: TopicName) => {
    const from = new Map((await log.beginnings(topic)).map((offset, partition) => [partition, offset]))
    const all: StoredMessage[] = []
    const reader = log.read({ topic, from, until: 'end', onMessages: (_, messages) => void all.push(...messages) })
    await reader.done
    await codec.prepare(
      topic,
      all.map(({ value }) => value),
    )
    return all
  }
  return {
    log,
    codec,
    read,
    deadLetters: async () =>
      (await read('crm.dead-letters')).flatMap(({ value }) =>
        value === null ? [] : [codec.decode('crm.dead-letters', value)],
      ),
    close: () => log.close(),
  }
}

export interface LastArtifact {
  readonly hash: string
  readonly deleted: boolean
  /** JSON of the joined picture; null when deleted. */
  readonly body: string | null
}

/** What each key of crm.artifacts was last, and the keys that were written twice in a row with the same content. */
export async function artifacts(topics: Topics) {
  const last = new Map<string, LastArtifact>()
  const repeated: string[] = []
  for (const { key, value, headers, partition, offset, timestamp } of await topics.read('crm.artifacts')) {
    const hash = headers.hash ?? ''
    const deleted = value === null || headers.deleted !== undefined
    const before = last.get(key)
    if (before?.hash === hash && before.deleted === deleted && value !== null)
      repeated.push(`${key} at ${partition}/${offset}, ${new Date(timestamp).toISOString()}`)
    const body = value === null ? null : topics.codec.decode('crm.artifacts', value).body
    last.set(key, { hash, deleted, body })
  }
  return { last, repeated }
}

/** Ids of the records that have a living artifact. */
export function living(last: ReadonlyMap<string, LastArtifact>): readonly string[] {
  return [...last].flatMap(([key, { deleted }]) => (deleted ? [] : [key])).sort()
}

/** Where two JSON texts differ: paths of the first differences, without their values. */
export function differences(before: string | null | undefined, after: string | null | undefined): readonly string[] {
  return pathsOf(JSON.parse(before ?? 'null'), JSON.parse(after ?? 'null'), '')
}

function pathsOf(before: unknown, after: unknown, path: string): readonly string[] {
  if (before === after) return []
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return [path]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const member = (of: object, name: string): unknown => (of as Record<string, unknown>)[name]
  return [...names].flatMap((name) => pathsOf(member(before, name), member(after, name), `${path}/${name}`))
}
