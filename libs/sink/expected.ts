/**
 * What stores should hold: the newest state of every key of crm.artifacts, as version and hash. Documents are formatted
 * while reading and thrown away at once, so memory holds some 300 bytes per record, or nothing when they go to a table on
 * disk (expectation-table.ts).
 */
import type { TopicName } from '@attio-stream/contracts'
import type { Codec, Log, StoredMessage } from '@attio-stream/stream'
import { type Format, project } from './projection.ts'
import type { Write } from './sink.ts'

export interface Expectation {
  readonly workspace: string
  readonly version: number
  readonly partition: number
  /** '' for the dead. */
  readonly hash: string
  /** The document's id without the record id at its end, '' for the dead. */
  readonly prefix: string
}
export interface Expected {
  readonly byId: ReadonlyMap<string, Expectation>
  /** Per partition: offset after the last message read, 0 where there is none. */
  readonly read: readonly number[]
  /** Messages that cannot be read; the last readable one of their key stands. */
  readonly unreadable: number
}

export interface Source {
  readonly log: Log
  readonly codec: Codec
  readonly format: Format
  readonly signal?: AbortSignal
}

const TOPIC = 'crm.artifacts' satisfies TopicName

/** Where expectations go: a map, or a table on disk. */
export interface Collecting {
  set(id: string, expectation: Expectation): unknown
  delete(id: string): unknown
}

/** Reads to the end there was at the start. */
export async function readExpected(source: Source, workspace?: string): Promise<Expected> {
  const byId = new Map<string, Expectation>()
  const isOurs = (write: Write) => workspace === undefined || write.workspace === workspace
  return { byId, ...(await collectExpected(source, byId, isOurs)) }
}

/** The same into any collection; of what `wanted` says. It is asked about every put and delete, in order. */
export async function collectExpected(
  { log, codec, format, signal }: Source,
  into: Collecting,
  wanted: (write: Write) => boolean,
): Promise<Omit<Expected, 'byId'>> {
  const texts = new Map<string, string>()
  /** The same text, once in memory. */
  const same = (text: string): string => {
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  }
  const begins = await log.beginnings(TOPIC)
  const read = begins.map(() => 0)
  let unreadable = 0
  await readTopic(log, TOPIC, new Map(begins.entries()), signal, async (partition, messages) => {
    await codec.prepare(
      TOPIC,
      messages.map(({ value }) => value),
    )
    for (const message of messages) {
      const projection = project(message, codec, format)
      if (projection.kind === 'rejected') {
        unreadable++
        continue
      }
      const { write } = projection
      if (write.kind === 'forget') into.delete(write.id)
      else if (wanted(write))
        into.set(write.id, {
          workspace: same(write.workspace),
          version: write.version,
          partition: write.partition,
          hash: write.kind === 'put' ? write.hash : '',
          prefix: write.kind === 'put' ? same(prefixOf(write.document.id, write.id)) : '',
        })
    }
    read[partition] = (messages.at(-1)?.offset ?? -1) + 1
  })
  return { read, unreadable }
}

const prefixOf = (id: string, record: string): string =>
  id.endsWith(record) ? id.slice(0, -record.length) : `${id} / `

/** Keys that changed since, up to now: nothing can be said about them. Only of those asked about. */
export async function readChanged(
  { log, signal }: Pick<Source, 'log' | 'signal'>,
  read: readonly number[],
  among: (key: string) => boolean = () => true,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  const from = new Map(read.entries())
  await readTopic(log, TOPIC, from, signal, (_, messages) => {
    for (const { key } of messages) if (among(key)) keys.add(key)
  })
  return keys
}

/** `partition/offset` of the artifacts this sink has buried. */
export async function readBuried(
  { log, codec, signal }: Omit<Source, 'format'>,
  sink: string,
): Promise<ReadonlySet<string>> {
  const topic = 'crm.dead-letters'
  const buried = new Set<string>()
  const begins = await log.beginnings(topic)
  await readTopic(log, topic, new Map(begins.entries()), signal, async (_, messages) => {
    await codec.prepare(
      topic,
      messages.map(({ value }) => value),
    )
    for (const { value } of messages) {
      if (value === null) continue
      const letter = codec.decode(topic, value)
      if (letter.stage === `sink-${sink}`) buried.add(`${letter.partition}/${letter.offset}`)
    }
  })
  return buried
}

async function readTopic(
  log: Log,
  topic: TopicName,
  from: ReadonlyMap<number, number>,
  signal: AbortSignal | undefined,
  onMessages: (partition: number, messages: readonly StoredMessage[]) => Promise<void> | void,
): Promise<void> {
  const reader = log.read({ topic, from, until: 'end', onMessages, ...(signal === undefined ? {} : { signal }) })
  await reader.done
  signal?.throwIfAborted()
}
