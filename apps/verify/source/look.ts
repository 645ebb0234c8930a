/**
 * Looks at single things again, by id: records of an object together, the rest by GET. Gone is only what GET does not find
 * while the object or list that holds it can still be seen (R4). Errors of one thing say nothing about the others.
 */
import {
  type AttioClient,
  AttioError,
  isAttioError,
  MAX_IDS,
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
import { inTurns, type Sight, type ThingKind } from './everything.ts'

export interface Suspect {
  readonly kind: ThingKind
  readonly id: string
  readonly home: string
}

export type Look =
  | ({ readonly kind: 'present' } & Pick<Sight, 'raw' | 'fence'>)
  | { readonly kind: 'gone'; readonly fence: number }
  /** Nothing can be said. `reason`: a sentence. */
  | { readonly kind: 'unclear'; readonly reason: string }

export interface LookOptions {
  readonly signal: AbortSignal
  readonly atOnce?: number
}

/** By id. @throws AttioError when the workspace as a whole cannot be read. */
export async function lookAt(
  client: AttioClient,
  suspects: readonly Suspect[],
  { signal, atOnce = 4 }: LookOptions,
): Promise<ReadonlyMap<string, Look>> {
  const looks = new Map<string, Look>()
  const options = { signal }
  const homes = new Map<string, Promise<boolean>>()
  const single = new Set(suspects.filter(({ kind }) => kind !== 'record' && kind !== 'member'))
  const members = suspects.filter(({ kind }) => kind === 'member')
  if (members.length > 0) {
    const { data, fence } = await readMembers(client, options)
    const rows = new Map(data.rows.map(({ id, raw }) => [id, raw]))
    for (const { id } of members) {
      const raw = rows.get(id)
      looks.set(
        id,
        raw === undefined ? { kind: 'unclear', reason: 'It is not listed any more.' } : { kind: 'present', raw, fence },
      )
    }
  }
  await inTurns(together(suspects), atOnce, async ({ home, group }) => {
    for (const one of group) single.add(one)
    if (group.length === 1) return
    const found = await unlessItself(
      readRecordsById(
        client,
        home,
        group.map(({ id }) => id),
        options,
      ),
    )
    if (found instanceof AttioError) return
    for (const { id, raw } of found.data.rows) looks.set(id, { kind: 'present', raw, fence: found.fence })
    // Queries trail more than GETs: what they do not show is read alone.
    for (const one of group) if (looks.has(one.id)) single.delete(one)
  })
  /** Attio answers the same 404 for a thing and for what holds it. */
  const canBeSeen = (kind: ThingKind, home: string): Promise<boolean> => {
    const known = homes.get(home)
    if (known !== undefined) return known
    const read = kind === 'record' ? readObject(client, home, options) : readList(client, home, options)
    const answer = read.then(
      () => true,
      (error: unknown) => {
        if (isAttioError(error, 'not-found', 'object-disabled', 'forbidden')) return false
        throw error
      },
    )
    homes.set(home, answer)
    return answer
  }
  await inTurns([...single], atOnce, async (suspect) => {
    const { kind, id, home } = suspect
    const read = await unlessItself(readOne(client, suspect, options))
    if (!(read instanceof AttioError))
      return void looks.set(id, { kind: 'present', raw: read.data.raw, fence: read.fence })
    if (read.kind !== 'not-found' || read.fence === null)
      return void looks.set(id, { kind: 'unclear', reason: read.message })
    if ((kind === 'record' || kind === 'entry') && !(await canBeSeen(kind, home)))
      return void looks.set(id, {
        kind: 'unclear',
        reason: 'Its object or list cannot be seen, so its absence proves nothing.',
      })
    looks.set(id, { kind: 'gone', fence: read.fence })
  })
  return looks
}

/** Errors that are about the thing asked for come back as values. */
async function unlessItself<T>(read: Promise<T>): Promise<T | AttioError> {
  try {
    return await read
  } catch (error) {
    if (isAttioError(error, 'unauthorized', 'unavailable', 'rate-limited') || !(error instanceof AttioError))
      throw error
    return error
  }
}

async function readOne(
  client: AttioClient,
  { kind, id, home }: Suspect,
  options: { readonly signal: AbortSignal },
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
      throw new TypeError(`things of kind ${kind} are not read one by one`)
  }
}

/** Records of one object, as many as fit a query. */
function together(
  suspects: readonly Suspect[],
): readonly { readonly home: string; readonly group: readonly Suspect[] }[] {
  const byObject = Map.groupBy(
    suspects.filter(({ kind }) => kind === 'record'),
    ({ home }) => home,
  )
  return [...byObject].flatMap(([home, all]) =>
    Array.from({ length: Math.ceil(all.length / MAX_IDS) }, (_, n) => ({
      home,
      group: all.slice(n * MAX_IDS, (n + 1) * MAX_IDS),
    })),
  )
}
