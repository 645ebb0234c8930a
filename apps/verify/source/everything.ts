/**
 * Everything Attio shows of a workspace, page by page: the directory first, then records, entries, notes and tasks, several
 * lists at once. What may not be read, or is disabled, costs itself and nothing else. The budget is the client's.
 */
import {
  type AttioClient,
  isAttioError,
  type Page,
  type Row,
  readAttributes,
  readLists,
  readMembers,
  readObjects,
  walkEntries,
  walkNotes,
  walkRecords,
  walkTasks,
  withAttributes,
} from '@attio-stream/attio'

export type ThingKind = 'record' | 'note' | 'task' | 'entry' | 'object' | 'list' | 'member'

/** A thing as Attio shows it. `home`: a record's object, an entry's list, else ''. */
export interface Sight {
  readonly kind: ThingKind
  readonly id: string
  readonly home: string
  /** The payload of a change. */
  readonly raw: string
  /** When the read was sent, ms, Attio's clock. */
  readonly fence: number
}

export interface Seen {
  /** Parts that were walked to their end, `kind/home`: what is known there and was not met is absent. */
  readonly walked: ReadonlySet<string>
  /** What was not walked, a sentence each. */
  readonly skipped: readonly string[]
  /** Slugs of objects and lists by id. */
  readonly slugs: ReadonlyMap<string, string>
  /** Rows whose identity cannot be read. */
  readonly unreadable: number
}

export interface WalkingOptions {
  readonly signal: AbortSignal
  readonly onSights: (sights: readonly Sight[]) => void
  /** Lists walked at the same time. Default 3. */
  readonly atOnce?: number
}

export const partOf = (kind: ThingKind, home: string): string => `${kind}/${home}`

export async function seeEverything(
  client: AttioClient,
  { signal, onSights, atOnce = 3 }: WalkingOptions,
): Promise<Seen> {
  const options = { signal }
  const walked = new Set<string>()
  const skipped: string[] = []
  const slugs = new Map<string, string>()
  let unreadable = 0
  const walks: { readonly part: string; readonly title: string; readonly walk: () => Promise<void> }[] = []
  const over = (kind: ThingKind, home: string, pages: () => AsyncGenerator<Page>): void => {
    const walk = async () => {
      for await (const { rows, rejected, fence } of pages()) {
        unreadable += rejected.length
        onSights(rows.map(({ id, raw }) => ({ kind, id, home, raw, fence })))
      }
    }
    const what = kind === 'entry' ? 'entries' : `${kind}s`
    walks.push({ part: partOf(kind, home), title: home === '' ? what : `${what} of ${slugs.get(home) ?? home}`, walk })
  }
  /** What is forbidden, disabled or gone is left out and said. */
  const part = async (title: string, read: () => Promise<void>): Promise<boolean> => {
    try {
      await read()
      return true
    } catch (error) {
      if (!isAttioError(error, 'forbidden', 'object-disabled', 'not-found')) throw error
      skipped.push(`${title}: ${error.message}`)
      return false
    }
  }
  const holders = async (kind: 'object' | 'list') => {
    const { data, fence } = await (kind === 'object' ? readObjects(client, options) : readLists(client, options))
    for (const row of data.rows) {
      slugs.set(row.id, slugOf(row))
      await part(`${kind} ${slugOf(row)}`, async () => {
        const attributes = await readAttributes(client, kind === 'object' ? 'objects' : 'lists', row.id, options)
        onSights([{ kind, id: row.id, home: '', raw: withAttributes(kind, row, attributes.data.rows), fence }])
        if (kind === 'object') over('record', row.id, () => walkRecords(client, row.id, options))
        else over('entry', row.id, () => walkEntries(client, row.id, options))
      })
    }
  }
  await holders('object')
  if (await part('lists', () => holders('list'))) walked.add(partOf('list', ''))
  await part('members', async () => {
    const { data, fence } = await readMembers(client, options)
    onSights(data.rows.map(({ id, raw }) => ({ kind: 'member', id, home: '', raw, fence })))
  })
  over('note', '', () => walkNotes(client, options))
  over('task', '', () => walkTasks(client, options))
  await inTurns(walks, atOnce, async ({ part: name, title, walk }) => {
    if (await part(title, walk)) walked.add(name)
  })
  return { walked, skipped, slugs, unreadable }
}

/** All of them, at most so many at once; the first failure is thrown when the others have ended. */
export async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const hand = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, hand))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Slugs are Attio's configuration, not customer text; the id where there is none. */
function slugOf(row: Row): string {
  const { api_slug: slug } = JSON.parse(row.raw) as { api_slug?: unknown }
  return typeof slug === 'string' ? slug : row.id
}
