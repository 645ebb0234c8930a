/**
 * The directory of a workspace, read first so that names are there when records come: objects and lists with their
 * attributes, members. Gives the changes, and the streams there are to walk.
 */
import {
  type AttioClient,
  isAttioError,
  type Read,
  type Row,
  type Rows,
  readAttributes,
  readLists,
  readMembers,
  readObjects,
  withAttributes,
} from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import { type PlannedStream, streamName } from './stream.ts'
import type { RunKind } from './walks.ts'

export interface Directory {
  readonly changes: readonly Change[]
  readonly streams: readonly PlannedStream[]
  /** What the token may not read, or what is disabled; a sentence each. */
  readonly skipped: readonly string[]
}

export async function readDirectory(
  client: AttioClient,
  { workspace, source }: { readonly workspace: string; readonly source: RunKind },
  signal: AbortSignal,
): Promise<Directory> {
  const changes: Change[] = []
  const streams: PlannedStream[] = []
  const skipped: string[] = []
  const options = { signal }
  const change = (kind: 'object' | 'list' | 'member', id: string, fence: number, payload: string): void => {
    const ids = { object_id: kind === 'object' ? id : null, list_id: kind === 'list' ? id : null }
    changes.push({ workspace_id: workspace, kind, id, ...ids, fence, source, gone: false, payload })
  }
  const each = async (kind: 'object' | 'list', read: Read<Rows>): Promise<void> => {
    for (const row of read.data.rows) {
      try {
        const attributes = await readAttributes(client, kind === 'object' ? 'objects' : 'lists', row.id, options)
        change(kind, row.id, read.fence, withAttributes(kind, row, attributes.data.rows))
        const name =
          kind === 'object'
            ? streamName({ kind: 'records', object: row.id })
            : streamName({ kind: 'entries', list: row.id })
        streams.push({ name, title: slugOf(row) })
      } catch (error) {
        // Disabled or gone between two reads: its neighbours go on.
        if (!isAttioError(error, 'object-disabled', 'not-found')) throw error
        skipped.push(`${kind} ${slugOf(row)}: ${error.message}`)
      }
    }
  }
  await each('object', await readObjects(client, options))
  await unlessForbidden(skipped, async () => each('list', await readLists(client, options)))
  await unlessForbidden(skipped, async () => {
    const members = await readMembers(client, options)
    for (const row of members.data.rows) change('member', row.id, members.fence, row.raw)
  })
  return {
    changes,
    streams: [...streams, { name: 'notes', title: 'notes' }, { name: 'tasks', title: 'tasks' }],
    skipped,
  }
}

/** A missing scope costs what it guards, not the rest. */
async function unlessForbidden(skipped: string[], read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!isAttioError(error, 'forbidden')) throw error
    skipped.push(error.message)
  }
}

/** Slugs are Attio's configuration, not customer text that must stay out of logs; ids where there is none. */
function slugOf(row: Row): string {
  const parsed: unknown = JSON.parse(row.raw)
  const slug = (parsed as { api_slug?: unknown }).api_slug
  return typeof slug === 'string' ? slug : row.id
}
