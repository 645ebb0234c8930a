/** Notes, tasks, threads, comments and workspace members over REST. */
import { ApiError, badBody, invalid, notFound } from '../errors.ts'
import { type Call, dataOf, optionalText, type Route, required, sliceOf, textOf, wholeParam } from '../http/call.ts'
import { wireComment, wireMember, wireNote, wireTask, wireThread } from '../wire/things.ts'
import {
  createNote,
  createTask,
  deleteNote,
  deleteTask,
  editNote,
  editTask,
  noteOf,
  refOf,
  taskOf,
} from '../world/children.ts'
import { commentOf, createComment, deleteComment, threadOf, threadsOn } from '../world/comments.ts'
import type { Actor, Note, RecordRef, Task } from '../world/model.ts'
import type { View } from '../world/ordered.ts'
import { readInstant } from '../world/time.ts'
import { listOf, objectOf } from '../world/world.ts'

const NOTE_SCOPES = ['object_configuration:read', 'record_permission:read']
const TASK_SCOPES = [...NOTE_SCOPES, 'user_management:read']
const NOTE_LIMIT = 1_000_000

function pageOfView<T>(view: View<T>, offset: number, limit: number, test?: (thing: T) => boolean): T[] {
  const page: T[] = []
  let skipped = 0
  for (let i = test ? 0 : offset; i < view.length && page.length < limit; i++) {
    const thing = view.at(i)
    if (test && !test(thing)) continue
    if (test && skipped++ < offset) continue
    page.push(thing)
  }
  return page
}

function parentIn(call: Call): { object: string; record: string } | undefined {
  const object = call.query.get('parent_object')
  const record = call.query.get('parent_record_id')
  if (object === null && record === null) return undefined
  if (object === null || record === null)
    throw invalid('"parent_object" and "parent_record_id" must be given together.')
  return { object: objectOf(call.scene.workspace, object).id, record }
}

const notes: Route[] = [
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

function missing(noun: string, id: string): never {
  throw notFound(`Could not find ${noun} with ID "${id}".`)
}

const SORTS: Record<string, (a: Task, b: Task) => number> = {
  'created_at:asc': (a, b) => a.createdAt - b.createdAt,
  'created_at:desc': (a, b) => b.createdAt - a.createdAt,
  'completed_at:asc': (a, b) => (a.completedAt ?? Infinity) - (b.completedAt ?? Infinity) || 0,
  'completed_at:desc': (a, b) => (b.completedAt ?? -Infinity) - (a.completedAt ?? -Infinity) || 0,
}

function taskTest(call: Call): ((task: Task) => boolean) | undefined {
  const { query, scene } = call
  const tests: ((task: Task) => boolean)[] = []
  const object = query.get('linked_object')
  const record = query.get('linked_record_id')
  if ((object === null) !== (record === null))
    throw invalid('"linked_object" and "linked_record_id" must be given together.')
  if (object !== null && record !== null) {
    objectOf(scene.workspace, object)
    tests.push((task) => task.linked.some((ref) => ref.record === record))
  }
  const assignee = query.get('assignee')
  if (assignee !== null) {
    const member = [...scene.workspace.members.values()].find((each) => each.id === assignee || each.email === assignee)
    const nobody = assignee === '' || assignee === 'null'
    tests.push((task) =>
      nobody ? task.assignees.length === 0 : member !== undefined && task.assignees.includes(member.id),
    )
  }
  const completed = query.get('is_completed')
  if (completed !== null) tests.push((task) => (task.completedAt !== null) === (completed === 'true'))
  return tests.length === 0 ? undefined : (task) => tests.every((test) => test(task))
}

function linksOf(call: Call, data: Record<string, unknown>): RecordRef[] {
  if (!Array.isArray(data.linked_records))
    throw badBody([required(['data', 'linked_records'], 'array', data.linked_records)])
  return data.linked_records.map((raw: Record<string, unknown>) => {
    const record = raw?.target_record_id
    if (typeof record !== 'string')
      throw badBody([required(['data', 'linked_records', 'target_record_id'], 'string', record)])
    return refOf(call.scene, record, raw.target_object as string | undefined)
  })
}

function assigneesOf(call: Call, data: Record<string, unknown>): string[] {
  if (!Array.isArray(data.assignees)) throw badBody([required(['data', 'assignees'], 'array', data.assignees)])
  return data.assignees.map((raw: Record<string, unknown>) => {
    const given = raw?.referenced_actor_id ?? raw?.workspace_member_email_address
    const member = [...call.scene.workspace.members.values()].find((each) => each.id === given || each.email === given)
    return member?.id ?? missing('workspace member', String(given))
  })
}

function taskChange(call: Call, data: Record<string, unknown>) {
  return {
    ...(data.deadline_at !== undefined && { deadline: data.deadline_at as string | null }),
    ...(data.is_completed !== undefined && { completed: data.is_completed === true }),
    ...(data.linked_records !== undefined && { linked: linksOf(call, data) }),
    ...(data.assignees !== undefined && { assignees: assigneesOf(call, data) }),
  }
}

const tasks: Route[] = [
  {
    method: 'GET',
    path: '/v2/tasks',
    scopes: ['task:read', ...TASK_SCOPES],
    budgets: ['read'],
    lag: 'get',
    run: (call) => {
      const limit = wholeParam(call, 'limit', 500, { min: 1, max: 500 })
      const offset = wholeParam(call, 'offset', 0)
      const sort = call.query.get('sort') ?? 'created_at:asc'
      const compare = SORTS[sort]
      if (!compare) throw invalid(`Query parameter "sort" cannot be "${sort}".`)
      const view = call.see(call.scene.workspace.tasks)
      const test = taskTest(call)
      const page =
        sort === 'created_at:asc'
          ? pageOfView(view, offset, limit, test)
          : pageOfView(view, 0, Infinity, test)
              .sort(compare)
              .slice(offset, offset + limit)
      return { json: { data: page.map((task) => wireTask(call.scene.workspace, task)) } }
    },
  },
  {
    method: 'GET',
    path: '/v2/tasks/:task_id',
    scopes: ['task:read', ...TASK_SCOPES],
    budgets: ['read'],
    lag: 'get',
    run: (call) => {
      const id = call.params.task_id ?? ''
      return {
        json: {
          data: wireTask(call.scene.workspace, call.see(call.scene.workspace.tasks).get(id) ?? missing('task', id)),
        },
      }
    },
  },
  {
    method: 'POST',
    path: '/v2/tasks',
    scopes: ['task:read-write', ...TASK_SCOPES],
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const task = createTask(call.scene, { content: textOf(data, 'content'), by: call.by, ...taskChange(call, data) })
      return { json: { data: wireTask(call.scene.workspace, task) } }
    },
  },
  {
    method: 'PATCH',
    path: '/v2/tasks/:task_id',
    scopes: ['task:read-write', ...TASK_SCOPES],
    budgets: ['write'],
    run: (call) => {
      const { id } = taskOf(call.scene, call.params.task_id ?? '')
      const task = editTask(call.scene, id, taskChange(call, dataOf(call)), call.by)
      return { json: { data: wireTask(call.scene.workspace, task) } }
    },
  },
  {
    method: 'DELETE',
    path: '/v2/tasks/:task_id',
    scopes: ['task:read-write', ...TASK_SCOPES],
    budgets: ['write'],
    run: (call) => {
      deleteTask(call.scene, call.params.task_id ?? '', call.by)
      return { json: {} }
    },
  },
]

const COMMENT_SCOPES = ['comment:read']
const comments: Route[] = [
  {
    method: 'GET',
    path: '/v2/threads',
    scopes: COMMENT_SCOPES,
    budgets: ['read'],
    run: (call) => {
      const { query, scene } = call
      const limit = wholeParam(call, 'limit', 10, { min: 1, max: 50 })
      const [record, entry] = [query.get('record_id'), query.get('entry_id')]
      if ((record === null) === (entry === null))
        throw invalid('Give either "record_id" and "object", or "entry_id" and "list".')
      if (record !== null) objectOf(scene.workspace, query.get('object') ?? '')
      const parent =
        entry === null ? undefined : listOf(scene.workspace, query.get('list') ?? '').items.get(entry)?.parent
      const where = entry === null ? { record: record ?? '' } : { entry, record: parent?.record ?? '' }
      const page = sliceOf(threadsOn(scene, where), wholeParam(call, 'offset', 0), limit)
      return { json: { data: page.map((thread) => wireThread(scene.workspace, thread)) } }
    },
  },
  {
    method: 'GET',
    path: '/v2/threads/:thread_id',
    scopes: COMMENT_SCOPES,
    budgets: ['read'],
    run: ({ scene, params }) => ({
      json: { data: wireThread(scene.workspace, threadOf(scene, params.thread_id ?? '')) },
    }),
  },
  {
    method: 'POST',
    path: '/v2/comments',
    scopes: ['comment:read-write'],
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const { workspace } = call.scene
      const author = (data.author ?? {}) as { type?: string; id?: string }
      if (author.type !== 'workspace-member' || !workspace.members.has(author.id ?? ''))
        throw new ApiError(400, 'value_not_found', 'The author must be a workspace member.')
      const by: Actor = { type: 'workspace-member', id: author.id ?? null }
      const base = { content: textOf(data, 'content'), author: by }
      const on = data.record as { object?: string; record_id?: string } | undefined
      const entry = data.entry as { list?: string; entry_id?: string } | undefined
      if (typeof data.thread_id === 'string') {
        const first = threadOf(call.scene, data.thread_id)[0]
        if (!first) throw notFound('Could not find thread.')
        const comment = createComment(call.scene, {
          ...base,
          record: first.record,
          entry: first.entry,
          thread: first.thread,
        })
        return { json: { data: wireComment(workspace, comment) } }
      }
      if (entry) {
        const list = listOf(workspace, entry.list ?? '')
        const item = list.items.get(entry.entry_id ?? '')
        if (!item?.parent) throw new ApiError(400, 'value_not_found', `Could not find entry "${entry.entry_id}".`)
        const comment = createComment(call.scene, {
          ...base,
          record: item.parent,
          entry: { list: list.id, entry: item.id },
        })
        return { json: { data: wireComment(workspace, comment) } }
      }
      const comment = createComment(call.scene, { ...base, record: refOf(call.scene, on?.record_id ?? '', on?.object) })
      return { json: { data: wireComment(workspace, comment) } }
    },
  },
  {
    method: 'GET',
    path: '/v2/comments/:comment_id',
    scopes: COMMENT_SCOPES,
    budgets: ['read'],
    run: ({ scene, params }) => ({
      json: { data: wireComment(scene.workspace, commentOf(scene, params.comment_id ?? '')) },
    }),
  },
  {
    method: 'DELETE',
    path: '/v2/comments/:comment_id',
    scopes: ['comment:read-write'],
    budgets: ['write'],
    run: (call) => {
      call.scene.world.batch(() => deleteComment(call.scene, call.params.comment_id ?? '', call.by))
      return { json: {} }
    },
  },
]

const members: Route[] = [
  {
    method: 'GET',
    path: '/v2/workspace_members',
    scopes: ['user_management:read'],
    budgets: ['read'],
    run: ({ scene: { workspace } }) => ({
      json: { data: [...workspace.members.values()].map((member) => wireMember(workspace, member)) },
    }),
  },
  {
    method: 'GET',
    path: '/v2/workspace_members/:workspace_member_id',
    scopes: ['user_management:read'],
    budgets: ['read'],
    run: ({ scene: { workspace }, params }) => {
      const id = params.workspace_member_id ?? ''
      return { json: { data: wireMember(workspace, workspace.members.get(id) ?? missing('workspace member', id)) } }
    },
  },
]

export const childRoutes: readonly Route[] = [...notes, ...tasks, ...comments, ...members]
