/** One thing of any kind, read by its id; and what it means that Attio does not find it. */
import type { AttioClient, CallOptions } from './client.ts'
import { isAttioError } from './error.ts'
import {
  readAttributes,
  readEntry,
  readList,
  readNote,
  readObject,
  readRecord,
  readTask,
  withAttributes,
} from './reads.ts'
import type { Read, Row } from './row.ts'

export interface ThingAddress {
  /** record, note, task, entry, object, list */
  readonly kind: string
  readonly id: string
  /** The object of a record, the list of an entry; else not looked at. */
  readonly home: string
}

/** Objects and lists with their attributes. @throws AttioError; RangeError for kinds that are not read one by one. */
export async function readThing(
  client: AttioClient,
  { kind, id, home }: ThingAddress,
  options: CallOptions,
): Promise<Read<Row>> {
  switch (kind) {
    case 'record':
      return readRecord(client, home, id, options)
    case 'note':
      return readNote(client, id, options)
    case 'task':
      return readTask(client, id, options)
    case 'entry':
      return readEntry(client, home, id, options)
    case 'object':
    case 'list': {
      const read = await (kind === 'object' ? readObject(client, id, options) : readList(client, id, options))
      const attributes = await readAttributes(client, kind === 'object' ? 'objects' : 'lists', id, options)
      return { ...read, data: { ...read.data, raw: withAttributes(kind, read.data, attributes.data.rows) } }
    }
    default:
      throw new RangeError(`Things of kind ${kind.slice(0, 40)} are not read one by one.`)
  }
}

export type Absence =
  | { readonly kind: 'gone' }
  /** The object or list that holds it cannot be seen: Attio gives the same 404 then, and nothing is known about the thing. */
  | { readonly kind: 'out of sight' }
  /** Found now: what holds it had come into sight again. */
  | { readonly kind: 'found'; readonly read: Read<Row> }

/** To be asked after a GET of this thing was answered with 404 (R4), each time: what was visible before says nothing. */
export async function absenceOf(client: AttioClient, thing: ThingAddress, options: CallOptions): Promise<Absence> {
  const { kind, home } = thing
  if (kind !== 'record' && kind !== 'entry') return { kind: 'gone' }
  try {
    await (kind === 'record' ? readObject(client, home, options) : readList(client, home, options))
  } catch (error) {
    if (isAttioError(error, 'not-found', 'object-disabled')) return { kind: 'out of sight' }
    throw error
  }
  try {
    return { kind: 'found', read: await readThing(client, thing, options) }
  } catch (error) {
    if (isAttioError(error, 'not-found')) return { kind: 'gone' }
    throw error
  }
}
