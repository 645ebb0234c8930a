/** Tasks over REST, filtered by linked record, assignee and state. */
import { badBody, invalid } from '../errors.ts'
import { type Call, dataOf, missing, pageOfView, type Route, required, textOf, wholeParam } from '../http/call.ts'
import { wireTask } from '../wire/things.ts'
import { createTask, deleteTask, editTask, refOf, taskOf } from '../world/children.ts'
import type { RecordRef, Task } from '../world/model.ts'
import { objectOf } from '../world/world.ts'

const TASK_SCOPES = ['object_configuration:read', 'record_permission:read', 'user_management:read']
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

export const taskRoutes: readonly Route[] = [
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
