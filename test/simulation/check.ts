/** What must hold when everything has come to rest; a sentence for each thing that does not. */
import type { TOPICS } from '@attio-stream/contracts'
import type { StoredMessage } from '@attio-stream/stream'
import type { AttioApp } from '../emulators/attio/index.ts'
import { differences, type Shown } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { LATE_READ_MS, RETENTION_MS } from './stages.ts'
import type { Store } from './store.ts'
import type { System } from './system.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Checked {
  readonly attio: AttioApp
  readonly system: System
  readonly time: VirtualTime
}

/** The documents of every store, against the truth. */
export async function check({ attio, system }: Checked): Promise<readonly string[]> {
  const faults: string[] = []
  for (const { id, slug } of attio.workspaces) {
    const truth = truthOf(attio.world, id)
    for (const store of system.stores) {
      const found = differences(truth, await documentsOf(store, id))
      faults.push(...found.map((sentence) => `${store.name}, ${slug}: ${sentence}`))
    }
  }
  return faults
}

/** What must not have been seen at any time. */
export async function neverSeen({ attio, system, time }: Checked): Promise<readonly string[]> {
  const read = reader(system, time)
  const artifacts = await read('crm.artifacts')
  return [
    ...system.stores.flatMap(({ breaches }) => breaches),
    ...older(await read('crm.records'), system),
    ...forgotten(artifacts),
    ...twice(artifacts),
    ...lost(attio, await read('attio.notices'), system),
  ]
}

async function documentsOf(store: Store, workspace: string): Promise<ReadonlyMap<string, Shown>> {
  const documents = new Map<string, Shown>()
  for await (const { id, deleted } of store.scan()) {
    const held = store.get(workspace, id)
    if (!deleted && held !== undefined) documents.set(id, held.document)
  }
  return documents
}

/** As a reader who sees only what is committed. */
function reader({ log }: System, time: VirtualTime) {
  return async (topic: keyof typeof TOPICS): Promise<readonly StoredMessage[]> => {
    const found: StoredMessage[] = []
    const count = await log.partitions(topic)
    const from = new Map(Array.from({ length: count }, (_, partition) => [partition, 0]))
    const done = log.read({ topic, from, until: 'end', onMessages: (_, messages) => void found.push(...messages) }).done
    await time.run()
    await done
    return found
  }
}

/** The same artifact twice in a row: a transaction that was seen though it was not committed, or written again. */
function twice(artifacts: readonly StoredMessage[]): readonly string[] {
  const last = new Map<string, string>()
  return artifacts.flatMap(({ key, value, headers }) => {
    const hash = value === null ? 'forgotten' : (headers.hash ?? '')
    const again = last.get(key) === hash
    last.set(key, hash)
    return again ? [`The artifact of ${key} was written twice in a row.`] : []
  })
}

/** Forgotten though its record lives, or died less than a retention ago (R4). */
function forgotten(artifacts: readonly StoredMessage[]): readonly string[] {
  const deaths = new Map<string, number>()
  return artifacts.flatMap(({ key, value, headers, timestamp }) => {
    if (value !== null) {
      if (headers.deleted === '1') deaths.set(key, timestamp)
      else deaths.delete(key)
      return []
    }
    const since = timestamp - (deaths.get(key) ?? timestamp)
    return since < RETENTION_MS ? [`The artifact of ${key} was forgotten too soon.`] : []
  })
}

/** A state that replaced one from a read at the same time or later (R2), or a life that replaced a death too soon (R4). */
function older(records: readonly StoredMessage[], { codec }: System): readonly string[] {
  const last = new Map<string, { readonly fence: number; readonly deleted: boolean }>()
  return records.flatMap(({ key, value }) => {
    if (value === null) return last.delete(key) ? [] : []
    const state = codec.decode('crm.records', value)
    const before = last.get(key)
    last.set(key, state)
    if (before === undefined) return []
    const least = state.deleted ? before.fence - LATE_READ_MS - 1 : before.fence + (before.deleted ? LATE_READ_MS : 0)
    return state.fence > least ? [] : [`The state of ${key} was not read later than the one it replaced.`]
  })
}

/** What was acknowledged to Attio is with the brokers (R1). */
function lost(attio: AttioApp, notices: readonly StoredMessage[], { codec }: System): readonly string[] {
  const known = new Set<string | null>()
  for (const { value } of notices) if (value !== null) known.add(codec.decode('attio.notices', value).delivery_key)
  return attio.deliveries.log.flatMap(({ key, state, events }) =>
    state === 'acked' && !known.has(key) && !events.every(({ event_type }) => event_type.startsWith('comment'))
      ? [`The delivery ${key} (${events.map(({ event_type }) => event_type).join()}) was acknowledged and is lost.`]
      : [],
  )
}
