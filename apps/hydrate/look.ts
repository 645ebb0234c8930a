/**
 * Reads what a job names and says what was seen, as changes with the fence of each read. Decides who is dead (R4): only a
 * nominated thing that GET answers with 404 while its object or list still resolves. Errors are the hydrator's to judge.
 */
import {
  type AttioClient,
  type AttioError,
  absenceOf,
  isAttioError,
  type Read,
  type Row,
  readMembers,
  readRecord,
  readRecordsById,
  readThing,
  type ThingAddress,
} from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import type { Thing } from './agenda.ts'
import { childrenOf } from './survivor.ts'

export interface Seen {
  readonly changes: readonly Change[]
  /** When the read was sent, ms, our clock: it shows everything older than that by the late-read time. */
  readonly sentAt: number
  /** Things the query did not show: to be read by GET. */
  readonly absent: readonly Thing[]
  /** Things GET does not find and nobody nominated: Attio may be late, or the id was made up. */
  readonly missing: readonly Thing[]
}

export interface LookOptions {
  readonly signal: AbortSignal
  /** A part of what a survivor brings may not be read (a scope is missing). */
  readonly onSkipped: (route: string) => void
}

/** @throws AttioError for the job as a whole. */
export async function look(client: AttioClient, things: readonly Thing[], options: LookOptions): Promise<Seen> {
  const [thing] = things
  if (thing === undefined) throw new TypeError('a job without things')
  if (things.length > 1) return lookTogether(client, things, options)
  try {
    const { changes, fence } = await lookAt(client, thing, options)
    return { changes, sentAt: fence - client.clock.offset, absent: [], missing: [] }
  } catch (error) {
    if (!isAttioError(error, 'not-found') || error.fence === null) throw error
    return lookAtNothing(client, thing, { error, fence: error.fence, options })
  }
}

async function lookTogether(client: AttioClient, things: readonly Thing[], options: LookOptions): Promise<Seen> {
  const byId = new Map(things.map((thing) => [thing.id, thing]))
  const object = things[0]?.object ?? ''
  const { data, fence } = await readRecordsById(client, object, [...byId.keys()], options)
  const changes: Change[] = []
  for (const row of data.rows) {
    const thing = byId.get(row.id)
    if (thing === undefined) continue
    byId.delete(row.id)
    changes.push(seen(thing, row, fence))
  }
  return { changes, sentAt: fence - client.clock.offset, absent: [...byId.values()], missing: [] }
}

async function lookAt(
  client: AttioClient,
  thing: Thing,
  options: LookOptions,
): Promise<{ readonly changes: readonly Change[]; readonly fence: number }> {
  const one = ({ data, fence }: Read<Row>) => ({ changes: [seen(thing, data, fence)], fence })
  switch (thing.kind) {
    case 'record': {
      const record = one(await readThing(client, addressOf(thing), options))
      if (!thing.survivor) return record
      return { ...record, changes: [...record.changes, ...(await childrenSeen(client, thing, options))] }
    }
    case 'note':
    case 'task':
    case 'entry':
    case 'object':
    case 'list':
      return one(await readThing(client, addressOf(thing), options))
    case 'member': {
      // All of them: no event tells of renamed members, and the answer costs the same.
      const { data, fence } = await readMembers(client, options)
      return { changes: data.rows.map((row) => seen(thing, row, fence)), fence }
    }
    default:
      throw new UnknownKind(thing.kind)
  }
}

/** Listing the children of what was just read says 404: it may have died since, which only a GET of its own can tell (R4). */
async function childrenSeen(client: AttioClient, thing: Thing, options: LookOptions): Promise<readonly Change[]> {
  try {
    return await childrenOf(client, thing, options)
  } catch (error) {
    throw isAttioError(error, 'not-found') ? new ChildrenUnseen(error) : error
  }
}

export class ChildrenUnseen extends Error {
  constructor(cause: AttioError) {
    super('The record is there and its notes, tasks or lists are not: it may be going away.', { cause })
    this.name = 'ChildrenUnseen'
  }
}

/** A notice of a kind this code does not read; never heals. */
export class UnknownKind extends Error {
  constructor(kind: string) {
    super(`Things of kind ${kind.slice(0, 40)} are not read.`)
    this.name = 'UnknownKind'
  }
}

async function lookAtNothing(
  client: AttioClient,
  thing: Thing,
  { error, fence, options }: { readonly error: AttioError; readonly fence: number; readonly options: LookOptions },
): Promise<Seen> {
  const sentAt = fence - client.clock.offset
  if (!thing.nominated) return { changes: [], sentAt, absent: [], missing: [thing] }
  if (thing.mergedInto !== null)
    await mergeIsOver(client, { object: thing.object ?? '', into: thing.mergedInto }, options)
  const absence = await absenceOf(client, addressOf(thing), options)
  switch (absence.kind) {
    case 'out of sight':
      throw new OutOfSight(error)
    case 'found': {
      const { data, fence: later } = absence.read
      const children = thing.survivor ? await childrenSeen(client, thing, options) : []
      const changes = [seen(thing, data, later), ...children]
      return { changes, sentAt: later - client.clock.offset, absent: [], missing: [] }
    }
    case 'gone':
      return { changes: [{ ...about(thing, fence), gone: true, payload: null }], sentAt, absent: [], missing: [] }
  }
}

/**
 * References to what was merged may move to the new record as late as it becomes readable, without any event, and are read
 * again when the old one dies (R5): so it dies no earlier. @throws AttioError `merge-in-progress`.
 */
async function mergeIsOver(
  client: AttioClient,
  { object, into }: { readonly object: string; readonly into: string },
  options: LookOptions,
): Promise<void> {
  try {
    await readRecord(client, object, into, options)
  } catch (error) {
    // Deleted or merged once more meanwhile: that merge is over too.
    if (!isAttioError(error, 'not-found', 'object-disabled')) throw error
  }
}

/** The object or list that holds the thing cannot be seen: the 404 of the thing proves nothing. */
export class OutOfSight extends Error {
  constructor(cause: AttioError) {
    super('Its object or list cannot be seen any more, so its absence proves nothing.', { cause })
    this.name = 'OutOfSight'
  }
}

const addressOf = ({ kind, id, object, list }: Thing): ThingAddress => ({
  kind,
  id,
  home: (kind === 'entry' ? list : object) ?? '',
})

function seen(thing: Thing, row: Row, fence: number): Change {
  return { ...about(thing, fence), id: row.id, gone: false, payload: row.raw }
}

function about(thing: Thing, fence: number): Omit<Change, 'gone' | 'payload'> {
  const { workspace, kind, id, object, list, source } = thing
  return {
    workspace_id: workspace,
    kind,
    id,
    object_id: kind === 'record' ? object : null,
    list_id: kind === 'entry' ? list : null,
    fence,
    source,
  }
}
