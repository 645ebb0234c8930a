/** For tests: a memory log with letters on it, a memory store, and the office over them. */
import { type ArtifactState, type Change, type Notice, TOPICS, type TopicName } from '@attio-stream/contracts'
import { MemorySink } from '@attio-stream/sink/memory'
import {
  type Burial,
  DEAD_LETTERS,
  deadLetter,
  letterId,
  letterMessage,
  type MemoryLog,
  memoryCodec,
  memoryLog,
  partitionOf,
  type StoredMessage,
} from '@attio-stream/stream'
import { decisionsInMemory } from './decisions.ts'
import type { RedriveOptions } from './redrive.ts'

export const codec = memoryCodec()
export const WORKSPACE = 'w1'
const PARTITIONS = 2

export function change(id: string, fence: number, payload = `{"fence":${fence}}`): Change {
  const rest = { object_id: null, list_id: null, source: 'webhook', gone: false }
  return { workspace_id: WORKSPACE, kind: 'record', id, fence, payload, ...rest }
}

export function notice(id: string): Notice {
  return {
    workspace_id: WORKSPACE,
    source: 'webhook',
    event_type: 'record.updated',
    kind: 'record',
    id,
    object_id: 'o',
    list_id: null,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: false,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: 1,
  }
}

export function artifact(record: string, name: string): ArtifactState {
  const object = { id: 'o1', slug: 'companies', singular: 'Company' }
  const body = {
    workspace: WORKSPACE,
    object,
    record,
    createdAt: '2026-01-29T08:22:24.889Z',
    webUrl: 'https://app.attio.com/acme',
    name,
    attributes: [],
    lists: [],
    activity: [],
    notes: 0,
    tasks: 0,
  }
  const state = { workspace_id: WORKSPACE, object_id: 'o1', object_slug: 'companies', hash: name, deleted: false }
  return { ...state, fence: 0, record_offset: 0, body: JSON.stringify(body) }
}
export const dead = (record: string): ArtifactState => ({
  ...artifact(record, ''),
  deleted: true,
  body: null,
  hash: '',
})

export interface Given {
  readonly log: MemoryLog
  readonly stores: ReadonlyMap<string, MemorySink>
  readonly options: RedriveOptions
  /** Appends, and gives where it stands. */
  send(topic: TopicName, key: string, value: Buffer | null): Promise<StoredMessage>
  /** Buries the message. Gives the letter's id. */
  bury(message: Burial['buried'], more?: Partial<Burial>): Promise<string>
  messages(topic: TopicName): Promise<readonly StoredMessage[]>
}

export function given(log: MemoryLog = newLog()): Given {
  const stores = new Map([
    ['memory', new MemorySink()],
    ['other', new MemorySink({ name: 'other' })],
  ])
  const messages = async (topic: TopicName): Promise<readonly StoredMessage[]> => {
    const all: StoredMessage[] = []
    const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
    await log.read({ topic, from, until: 'end', onMessages: (_, some) => void all.push(...some) }).done
    return all
  }
  return {
    log,
    stores,
    messages,
    options: {
      log,
      codec,
      decisions: decisionsInMemory(),
      by: 'ann',
      connected: new Set([WORKSPACE]),
      openStore: async (name) => {
        const store = stores.get(name)
        if (store === undefined) throw new Error(`There is no store ${name}.`)
        return store
      },
    },
    async send(topic, key, value) {
      const partition = partitionOf(TOPICS[topic], key, PARTITIONS)
      await log.produce([{ topic, partition, key, value, headers: { workspace: WORKSPACE } }])
      const sent = (await messages(topic)).findLast((message) => message.key === key)
      if (sent === undefined) throw new TypeError('what was produced is not there')
      return sent
    },
    async bury(buried, more = {}) {
      const why = { reason: 'It makes no sense.', fault: 'rejected', stage: 'compact', now: 1_000 } as const
      const letter = deadLetter({ ...why, buried, workspace: WORKSPACE, ...more })
      await log.produce([letterMessage(letter, codec.encode(DEAD_LETTERS, letter.value), 1)])
      return letterId(letter.value)
    },
  }
}

export const newLog = (pause?: (point: string) => Promise<void>): MemoryLog => {
  const topics = Object.fromEntries(
    Object.entries(TOPICS).map(([topic, { partitions }]) => [topic, partitions === 'shared' ? PARTITIONS : partitions]),
  )
  return memoryLog({ topics, ...(pause === undefined ? {} : { pause }) })
}
