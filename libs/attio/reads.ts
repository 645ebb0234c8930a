/**
 * The reads a connector makes, one function each; walks over many pages are in walk.ts. Objects and lists are named by id or
 * slug. Each returns its rows as Attio sent them, with the fence of the read; a missing thing is an AttioError `not-found`.
 */
import type { AttioClient, Call, CallOptions } from './client.ts'
import { AttioError } from './error.ts'
import { membershipSchema, type Self, selfSchema } from './payload.ts'
import { type Read, type Row, type RowKind, type Rows, rowOf, rowsOf } from './row.ts'

/** `record_id $in`: Attio documents no limit; 100 ids stay well below any URL-less body limit and one page. */
export const MAX_IDS = 100
const ATTRIBUTE_PAGE = 200
const MEMBERSHIP_PAGE = 1000

/** Whose token is it, and what may it do? `active: false` for a revoked one. @throws AttioError `unauthorized` for a malformed one. */
export async function readSelf(client: AttioClient, options?: CallOptions): Promise<Self> {
  const call = get('/v2/self', '/v2/self')
  try {
    return selfSchema.parse((await client.call(call, options)).json)
  } catch (error) {
    // Attio on the wire: this endpoint alone answers 400 `missing_value` to a token it cannot read.
    if (error instanceof AttioError && error.code === 'missing_value')
      throw new AttioError('unauthorized', { route: error.route, status: 401, cause: error })
    throw error
  }
}

export function readRecord(
  client: AttioClient,
  object: string,
  record: string,
  options?: CallOptions,
): Promise<Read<Row>> {
  const call = get('/v2/objects/{object}/records/{record}', `/v2/objects/${slug(object)}/records/${slug(record)}`)
  return one(client, call, 'record', record, options)
}

/** The records with these ids (at most MAX_IDS) that exist; order is Attio's. */
export async function readRecordsById(
  client: AttioClient,
  object: string,
  ids: readonly string[],
  options?: CallOptions,
): Promise<Read<Rows>> {
  if (ids.length > MAX_IDS) throw new RangeError(`at most ${MAX_IDS} ids a query, not ${ids.length}`)
  const body = { filter: { record_id: { $in: ids } }, limit: MAX_IDS, offset: 0 }
  return many(
    client,
    post('/v2/objects/{object}/records/query', `/v2/objects/${slug(object)}/records/query`, body),
    'record',
    options,
  )
}

export function readNote(client: AttioClient, note: string, options?: CallOptions): Promise<Read<Row>> {
  return one(client, get('/v2/notes/{note}', `/v2/notes/${slug(note)}`), 'note', note, options)
}

export function readTask(client: AttioClient, task: string, options?: CallOptions): Promise<Read<Row>> {
  return one(client, get('/v2/tasks/{task}', `/v2/tasks/${slug(task)}`), 'task', task, options)
}

export function readEntry(client: AttioClient, list: string, entry: string, options?: CallOptions): Promise<Read<Row>> {
  const call = get('/v2/lists/{list}/entries/{entry}', `/v2/lists/${slug(list)}/entries/${slug(entry)}`)
  return one(client, call, 'entry', entry, options)
}

export function readObject(client: AttioClient, object: string, options?: CallOptions): Promise<Read<Row>> {
  return one(client, get('/v2/objects/{object}', `/v2/objects/${slug(object)}`), 'object', object, options)
}

export function readObjects(client: AttioClient, options?: CallOptions): Promise<Read<Rows>> {
  return many(client, get('/v2/objects', '/v2/objects'), 'object', options)
}

export function readList(client: AttioClient, list: string, options?: CallOptions): Promise<Read<Row>> {
  return one(client, get('/v2/lists/{list}', `/v2/lists/${slug(list)}`), 'list', list, options)
}

export function readLists(client: AttioClient, options?: CallOptions): Promise<Read<Rows>> {
  return many(client, get('/v2/lists', '/v2/lists'), 'list', options)
}

export function readMembers(client: AttioClient, options?: CallOptions): Promise<Read<Rows>> {
  return many(client, get('/v2/workspace_members', '/v2/workspace_members'), 'member', options)
}

export function readMember(client: AttioClient, member: string, options?: CallOptions): Promise<Read<Row>> {
  const call = get('/v2/workspace_members/{member}', `/v2/workspace_members/${slug(member)}`)
  return one(client, call, 'member', member, options)
}

/** All attributes of an object or a list, in Attio's order, archived ones left out. The fence is that of the first page. */
export async function readAttributes(
  client: AttioClient,
  of: 'objects' | 'lists',
  id: string,
  options?: CallOptions,
): Promise<Read<Rows>> {
  const rows = new Map<string, Row>()
  const rejected: Rows['rejected'][number][] = []
  let fence: number | null = null
  for (let offset = 0; ; ) {
    const query = { limit: ATTRIBUTE_PAGE, offset }
    const call = { ...get(`/v2/${of}/{id}/attributes`, `/v2/${of}/${slug(id)}/attributes`), query }
    const page = await many(client, call, 'attribute', options)
    const before = rows.size
    fence ??= page.fence
    for (const row of page.data.rows) if (!rows.has(row.id)) rows.set(row.id, row)
    rejected.push(...page.data.rejected)
    const length = page.data.rows.length + page.data.rejected.length
    // Limits are not documented here: a server that ignores them answers the same again, which must end too.
    if (length < ATTRIBUTE_PAGE || rows.size === before)
      return { data: { rows: [...rows.values()], rejected }, fence, score: null }
    offset += length
  }
}

/** Where a record is listed: list and entry ids, without values. */
export async function readMemberships(
  client: AttioClient,
  object: string,
  record: string,
  options?: CallOptions,
): Promise<readonly { readonly list: string; readonly entry: string }[]> {
  const found = new Map<string, { list: string; entry: string }>()
  for (let offset = 0; ; offset += MEMBERSHIP_PAGE) {
    const call = {
      ...get(
        '/v2/objects/{object}/records/{record}/entries',
        `/v2/objects/${slug(object)}/records/${slug(record)}/entries`,
      ),
      query: { limit: MEMBERSHIP_PAGE, offset },
    }
    const answer = await client.call(call, options)
    const data = (answer.json as { data?: unknown }).data
    if (!Array.isArray(data)) throw new AttioError('unavailable', { route: `GET ${call.route}`, status: answer.status })
    for (const item of data) {
      const parsed = membershipSchema.safeParse(item)
      if (parsed.success) found.set(parsed.data.entry_id, { list: parsed.data.list_id, entry: parsed.data.entry_id })
    }
    if (data.length < MEMBERSHIP_PAGE) return [...found.values()]
  }
}

/** The payload of an object's or list's change: itself and its attributes, both as Attio sent them. */
export function withAttributes(kind: 'object' | 'list', row: Row, attributes: readonly Row[]): string {
  return `{"${kind}":${row.raw},"attributes":[${attributes.map((attribute) => attribute.raw).join(',')}]}`
}

export function get(route: string, path: string): Call {
  return { method: 'GET', route, path, repeatable: true }
}

/** A query: POSTed, but a read (Attio docs: rate limiting). */
export function post(route: string, path: string, body: unknown): Call {
  return { method: 'POST', route, path, body, repeatable: true }
}

export function slug(text: string): string {
  return encodeURIComponent(text)
}

async function one(
  client: AttioClient,
  call: Call,
  kind: RowKind,
  asked: string,
  options: CallOptions | undefined,
): Promise<Read<Row>> {
  return rowOf(await client.call(call, options), kind, asked, `${call.method} ${call.route}`)
}

export async function many(
  client: AttioClient,
  call: Call,
  kind: RowKind,
  options: CallOptions | undefined,
): Promise<Read<Rows>> {
  return rowsOf(await client.call(call, options), kind, `${call.method} ${call.route}`)
}
