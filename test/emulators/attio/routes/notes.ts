/** Notes over REST: ten or at most fifty a page, both content formats, title and body changed apart. */
import { ApiError, badBody, invalid, notFound } from '../errors.ts'
import { type Call, dataOf, missing, optionalText, pageOfView, type Route, textOf, wholeParam } from '../http/call.ts'
import { wireNote } from '../wire/things.ts'
import { createNote, deleteNote, editNote, noteOf } from '../world/children.ts'
import type { Note } from '../world/model.ts'
import { readInstant } from '../world/time.ts'
import { objectOf } from '../world/world.ts'

const NOTE_SCOPES = ['object_configuration:read', 'record_permission:read']
const NOTE_LIMIT = 1_000_000

function parentIn(call: Call): { object: string; record: string } | undefined {
  const object = call.query.get('parent_object')
  const record = call.query.get('parent_record_id')
  if (object === null && record === null) return undefined
  if (object === null || record === null)
    throw invalid('"parent_object" and "parent_record_id" must be given together.')
  return { object: objectOf(call.scene.workspace, object).id, record }
}

export const noteRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v2/notes',
    scopes: ['note:read', ...NOTE_SCOPES],
    budgets: ['read', 'notes'],
    lag: 'get',
    run: (call) => {
      const limit = wholeParam(call, 'limit', 10, { min: 1, max: 50 })
      const offset = wholeParam(call, 'offset', 0)
      const parent = parentIn(call)
      const { workspace } = call.scene
      const view = call.see(workspace.notes)
      let page: Note[]
      if (parent) {
        const own = [...(workspace.notesOf.get(parent.record) ?? [])].flatMap((id) => view.get(id) ?? [])
        own.sort((a, b) => a.createdAt - b.createdAt)
        page = own.slice(offset, offset + limit)
      } else page = pageOfView(view, offset, limit)
      return { json: { data: page.map((note) => wireNote(workspace, note)) } }
    },
  },
  {
    method: 'GET',
    path: '/v2/notes/:note_id',
    scopes: ['note:read', ...NOTE_SCOPES],
    budgets: ['read'],
    lag: 'get',
    run: (call) => {
      const id = call.params.note_id ?? ''
      return {
        json: {
          data: wireNote(call.scene.workspace, call.see(call.scene.workspace.notes).get(id) ?? missing('note', id)),
        },
      }
    },
  },
  {
    method: 'POST',
    path: '/v2/notes',
    scopes: ['note:read-write', ...NOTE_SCOPES],
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const object = objectOf(call.scene.workspace, textOf(data, 'parent_object'))
      const record = textOf(data, 'parent_record_id')
      if (!object.items.has(record)) throw notFound(`Could not find record with ID "${record}".`)
      const at = readInstant(data.created_at)
      const note = createNote(call.scene, {
        parent: { object: object.id, record },
        title: textOf(data, 'title'),
        text: contentOf(data),
        by: call.by,
        ...(at === undefined ? {} : { at }),
      })
      return { json: { data: wireNote(call.scene.workspace, note) } }
    },
  },
  {
    method: 'PATCH',
    path: '/v2/notes/:note_id',
    scopes: ['note:read-write', ...NOTE_SCOPES],
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const title = optionalText(data, 'title')
      const change = {
        ...(title === undefined ? {} : { title }),
        ...(data.content === undefined ? {} : { text: contentOf(data) }),
      }
      const note = call.scene.world.batch(() => editNote(call.scene, call.params.note_id ?? '', change, call.by))
      return { json: { data: wireNote(call.scene.workspace, note) } }
    },
  },
  {
    method: 'DELETE',
    path: '/v2/notes/:note_id',
    scopes: ['note:read-write', ...NOTE_SCOPES],
    budgets: ['write'],
    run: (call) => {
      deleteNote(call.scene, noteOf(call.scene, call.params.note_id ?? '').id, call.by)
      return { json: {} }
    },
  },
]

function contentOf(data: Record<string, unknown>) {
  const format = data.format ?? 'plaintext'
  if (format !== 'plaintext' && format !== 'markdown')
    throw badBody([{ code: 'invalid_option', path: ['data', 'format'], message: 'Invalid option' }])
  const content = textOf(data, 'content')
  if (content.length > NOTE_LIMIT) throw new ApiError(413, 'validation_type', 'The note is too large.')
  return { content, format } as const
}
