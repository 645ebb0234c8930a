/**
 * Looks at single things again, by id: records of an object together, the rest by GET. Gone is only what GET does not find
 * while the object or list that holds it can still be seen (R4). Errors of one thing say nothing about the others.
 */
import {
  type Absence,
  type AttioClient,
  AttioError,
  absenceOf,
  isAttioError,
  MAX_IDS,
  readMembers,
  readRecordsById,
  readThing,
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
  await inTurns([...single], atOnce, async (suspect) => {
    const { id } = suspect
    const read = await unlessItself(readThing(client, suspect, options))
    if (!(read instanceof AttioError))
      return void looks.set(id, { kind: 'present', raw: read.data.raw, fence: read.fence })
    if (read.kind !== 'not-found' || read.fence === null)
      return void looks.set(id, { kind: 'unclear', reason: read.message })
    const absence = await unlessItself(absenceOf(client, suspect, options))
    looks.set(
      id,
      absence instanceof AttioError ? { kind: 'unclear', reason: absence.message } : said(absence, read.fence),
    )
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

function said(absence: Absence, fence: number): Look {
  switch (absence.kind) {
    case 'gone':
      return { kind: 'gone', fence }
    case 'out of sight':
      return { kind: 'unclear', reason: 'Its object or list cannot be seen, so its absence proves nothing.' }
    case 'found':
      return { kind: 'present', raw: absence.read.data.raw, fence: absence.read.fence }
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
