/**
 * What is known alive and was not met: alive in crm.records or crm.children, of a stream that was walked to its end, and without
 * one message in attio.changes since the sweep began. The topic remembers what was met, so a sweep that was killed needs no
 * memory of its own; and whatever anybody observed meanwhile (created, deleted, edited, moved between pages) counts as met.
 */
import type { ChildState, RecordState } from '@attio-stream/contracts'
import type { Codec } from '@attio-stream/stream'
import { IdSet } from './id-set.ts'
import { streamName } from './stream.ts'
import { readTopic, type SweepLog } from './topics.ts'
import type { Since } from './walks.ts'

export interface Missing {
  readonly kind: 'record' | 'note' | 'task' | 'entry' | 'list'
  readonly id: string
  /** Its object or list. */
  readonly holder: string | null
}

export interface MissingOptions {
  readonly log: SweepLog
  readonly codec: Codec
  readonly workspace: string
  readonly since: Since
  /** Names of the streams that were walked to their end. */
  readonly walked: ReadonlySet<string>
  readonly signal: AbortSignal
}

export async function findMissing(options: MissingOptions): Promise<readonly Missing[]> {
  const met = new IdSet()
  const { since } = options
  const onMessages = (messages: readonly { readonly key: string }[]): void => {
    for (const { key } of messages) met.add(key)
  }
  await readTopic({ ...options, topic: 'attio.changes', since, onMessages })
  const records = await unmet(options, 'crm.records', met, (id, state: RecordState) => ({
    kind: 'record',
    id,
    holder: state.object_id,
  }))
  const children = await unmet(options, 'crm.children', met, childOf)
  return [...records, ...children]
}

/** The latest state of every key counts; only what was not met is decoded. */
async function unmet<T extends 'crm.records' | 'crm.children'>(
  options: MissingOptions,
  topic: T,
  met: IdSet,
  of: (id: string, state: T extends 'crm.records' ? RecordState : ChildState) => Missing | undefined,
): Promise<readonly Missing[]> {
  const found = new Map<string, Missing>()
  await readTopic({
    ...options,
    topic,
    since: null,
    onMessages: async (messages) => {
      const looked = messages.filter(({ key }) => !met.has(key))
      await options.codec.prepare(
        topic,
        looked.map(({ value }) => value),
      )
      for (const { key, value, headers } of looked) {
        const dead = value === null || headers.deleted === '1'
        const missing = dead ? undefined : of(key, options.codec.decode(topic, value) as Parameters<typeof of>[1])
        if (missing !== undefined && options.walked.has(streamOf(missing))) found.set(key, missing)
        else found.delete(key)
      }
    },
  })
  return [...found.values()]
}

/** Objects and members are left alone: a disabled object keeps its name, members are suspended and never deleted. */
function childOf(id: string, { kind, body }: ChildState): Missing | undefined {
  switch (kind) {
    case 'note':
    case 'task':
      return { kind, id, holder: null }
    case 'list':
      return { kind, id, holder: id }
    case 'entry': {
      const { list } = JSON.parse(body ?? '{}') as { readonly list?: string }
      return list === undefined ? undefined : { kind, id, holder: list }
    }
    default:
      return undefined
  }
}

/** The stream that would have met it. */
export const LISTS = 'lists'
function streamOf({ kind, holder }: Missing): string {
  switch (kind) {
    case 'record':
      return streamName({ kind: 'records', object: holder ?? '' })
    case 'entry':
      return streamName({ kind: 'entries', list: holder ?? '' })
    case 'note':
      return 'notes'
    case 'task':
      return 'tasks'
    case 'list':
      return LISTS
  }
}
