/** What there is to walk in a workspace: one stream per object and per list, one for notes, one for tasks. Names are kept in the database. */
import {
  type AttioClient,
  type Cursor,
  type Page,
  walkEntries,
  walkNotes,
  walkRecords,
  walkTasks,
} from '@attio-stream/attio'

export type Stream =
  | { readonly kind: 'records'; readonly object: string }
  | { readonly kind: 'entries'; readonly list: string }
  | { readonly kind: 'notes' }
  | { readonly kind: 'tasks' }

export interface PlannedStream {
  readonly name: string
  /** For people: the slug of the object or list. */
  readonly title: string
}

/** Where the fan-out itself is kept. */
export const DIRECTORY = 'directory'

/** The last stream of a sweep: what is known and was not met. */
export const MISSING = 'missing'

export function streamName(stream: Stream): string {
  switch (stream.kind) {
    case 'records':
      return `records/${stream.object}`
    case 'entries':
      return `entries/${stream.list}`
    case 'notes':
    case 'tasks':
      return stream.kind
  }
}

export function parseStream(name: string): Stream | undefined {
  const [kind, id = ''] = name.split('/')
  if (kind === 'records' && id !== '') return { kind, object: id }
  if (kind === 'entries' && id !== '') return { kind, list: id }
  return kind === 'notes' || kind === 'tasks' ? { kind } : undefined
}

export function walkOf(
  client: AttioClient,
  stream: Stream,
  options: { readonly cursor: Cursor | null; readonly signal: AbortSignal; readonly limit?: number },
): AsyncGenerator<Page> {
  switch (stream.kind) {
    case 'records':
      return walkRecords(client, stream.object, options)
    case 'entries':
      return walkEntries(client, stream.list, options)
    case 'notes':
      return walkNotes(client, options)
    case 'tasks':
      return walkTasks(client, options)
  }
}

/** Kind and ids of a change that came out of the stream. */
export function aboutRows(stream: Stream): {
  readonly kind: string
  readonly object_id: string | null
  readonly list_id: string | null
} {
  switch (stream.kind) {
    case 'records':
      return { kind: 'record', object_id: stream.object, list_id: null }
    case 'entries':
      return { kind: 'entry', object_id: null, list_id: stream.list }
    case 'notes':
      return { kind: 'note', object_id: null, list_id: null }
    case 'tasks':
      return { kind: 'task', object_id: null, list_id: null }
  }
}
