/** Threads and comments over REST: by record or by entry, there is no list of all. */
import { ApiError, invalid, notFound } from '../errors.ts'
import { dataOf, type Route, sliceOf, textOf, wholeParam } from '../http/call.ts'
import { wireComment, wireThread } from '../wire/things.ts'
import { refOf } from '../world/children.ts'
import { commentOf, createComment, deleteComment, threadOf, threadsOn } from '../world/comments.ts'
import type { Actor } from '../world/model.ts'
import { listOf, objectOf } from '../world/world.ts'

const COMMENT_SCOPES = ['comment:read']
export const commentRoutes: readonly Route[] = [
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
