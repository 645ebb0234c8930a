/**
 * Reads what a job names and says what was seen, as changes with the fence of each read. Decides who is dead (R4): only a
 * nominated thing that GET answers with 404 while its object or list still resolves. Errors are the hydrator's to judge.
 */
import {
  type AttioClient,
  type AttioError,
  isAttioError,
  type Read,
  type Row,
  readAttributes,
  readEntry,
  readList,
  readMembers,
  readNote,
  readObject,
  readRecord,
  readRecordsById,
  readTask,
  withAttributes,
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
      const record = one(await readRecord(client, thing.object ?? '', thing.id, options))
      if (!thing.survivor) return record
      return { ...record, changes: [...record.changes, ...(await childrenSeen(client, thing, options))] }
    }
    case 'note':
      return one(await readNote(client, thing.id, options))
    case 'task':
      return one(await readTask(client, thing.id, options))
    case 'entry':
      return one(await readEntry(client, thing.list ?? '', thing.id, options))
    case 'object': {
      const { data, fence } = await readObject(client, thing.id, options)
      const attributes = await readAttributes(client, 'objects', thing.id, options)
      return one({ data: { ...data, raw: withAttributes('object', data, attributes.data.rows) }, fence, score: null })
    }
    case 'list': {
      const { data, fence } = await readList(client, thing.id, options)
      const attributes = await readAttributes(client, 'lists', thing.id, options)
      return one({ data: { ...data, raw: withAttributes('list', data, attributes.data.rows) }, fence, score: null })
    }
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
  // Attio answers the same 404 when the object or list itself is out of sight: then nothing is known about its records.
  if (thing.mergedInto !== null)
    await mergeIsOver(client, { object: thing.object ?? '', into: thing.mergedInto }, options)
  if (thing.kind === 'record') await stillThere(readObject(client, thing.object ?? '', options), error)
  if (thing.kind === 'entry') await stillThere(readList(client, thing.list ?? '', options), error)
  if (thing.kind === 'record' || thing.kind === 'entry') {
    // What holds it may have come into sight again between the two reads: then it answers now.
    const alive = await lookAgain(client, thing, options)
    if (alive !== undefined) return alive
  }
  return { changes: [{ ...about(thing, fence), gone: true, payload: null }], sentAt, absent: [], missing: [] }
}

/** undefined: it is not found this time either. */
async function lookAgain(client: AttioClient, thing: Thing, options: LookOptions): Promise<Seen | undefined> {
  try {
    const { changes, fence } = await lookAt(client, thing, options)
    return { changes, sentAt: fence - client.clock.offset, absent: [], missing: [] }
  } catch (error) {
    if (!isAttioError(error, 'not-found')) throw error
    return undefined
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

/** @throws OutOfSight when what holds the thing does not resolve. */
async function stillThere(read: Promise<unknown>, cause: AttioError): Promise<void> {
  try {
    await read
  } catch (error) {
    if (isAttioError(error, 'not-found', 'object-disabled')) throw new OutOfSight(cause)
    throw error
  }
}

/** The object or list that holds the thing cannot be seen: the 404 of the thing proves nothing. */
export class OutOfSight extends Error {
  constructor(cause: AttioError) {
    super('Its object or list cannot be seen any more, so its absence proves nothing.', { cause })
    this.name = 'OutOfSight'
  }
}

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
