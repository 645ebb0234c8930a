/** Threads of comments on records and entries. Comments cannot be edited; the first one takes its thread with it. */
import { notFound } from '../errors.ts'
import { commentEvent } from './events.ts'
import type { Scene } from './items.ts'
import type { Actor, Comment, RecordRef } from './model.ts'
import { addTo, removeFrom } from './world.ts'

const NOBODY: Actor = { type: null, id: null }

export function createComment(
  scene: Scene,
  spec: {
    content: string
    author: Actor
    record: RecordRef
    entry?: Comment['entry']
    thread?: string
    at?: number
  },
): Comment {
  const now = spec.at ?? scene.world.now()
  const id = scene.world.uuid()
  const comment: Comment = {
    id,
    thread: spec.thread ?? scene.world.uuid(),
    createdAt: now,
    content: spec.content,
    record: spec.record,
    entry: spec.entry ?? null,
    resolvedAt: null,
    resolvedBy: NOBODY,
    author: spec.author,
  }
  scene.workspace.comments.put(comment, scene.world.now())
  addTo(scene.workspace.commentsOf, comment.record.record, id)
  addTo(scene.workspace.commentsOf, comment.thread, id)
  commentEvent(scene, 'comment.created', comment, spec.author)
  return comment
}

export function commentOf(scene: Scene, id: string): Comment {
  const comment = scene.workspace.comments.get(id)
  if (!comment) throw notFound(`Could not find comment with ID "${id}".`)
  return comment
}

export function threadOf(scene: Scene, thread: string): Comment[] {
  const comments = [...(scene.workspace.commentsOf.get(thread) ?? [])]
    .map((id) => scene.workspace.comments.get(id))
    .filter((comment) => comment !== undefined && comment.thread === thread) as Comment[]
  if (comments.length === 0) throw notFound(`Could not find thread with ID "${thread}".`)
  return comments.sort((a, b) => a.createdAt - b.createdAt)
}

/** The threads of a record (not of its entries), or of one entry, oldest first. */
export function threadsOn(scene: Scene, where: { record: string } | { entry: string; record: string }): Comment[][] {
  const entry = 'entry' in where ? where.entry : null
  const threads = new Set<string>()
  for (const id of scene.workspace.commentsOf.get(where.record) ?? []) {
    const comment = scene.workspace.comments.get(id)
    if (comment && (comment.entry?.entry ?? null) === entry) threads.add(comment.thread)
  }
  return [...threads].map((thread) => threadOf(scene, thread))
}

/** Resolving concerns the whole thread; the event names its first comment. */
export function resolveThread(scene: Scene, id: string, resolved: boolean, by: Actor): Comment {
  const thread = threadOf(scene, commentOf(scene, id).thread)
  for (const comment of thread) {
    const at = resolved ? scene.world.now() : null
    scene.workspace.comments.put({ ...comment, resolvedAt: at, resolvedBy: resolved ? by : NOBODY }, scene.world.now())
  }
  const first = thread[0] as Comment
  commentEvent(scene, resolved ? 'comment.resolved' : 'comment.unresolved', first, by)
  return commentOf(scene, id)
}

export function deleteComment(scene: Scene, id: string, by: Actor): void {
  const comment = commentOf(scene, id)
  const thread = threadOf(scene, comment.thread)
  const gone = thread[0]?.id === id ? thread : [comment]
  for (const each of gone) {
    scene.workspace.comments.remove(each.id, scene.world.now())
    removeFrom(scene.workspace.commentsOf, each.record.record, each.id)
    removeFrom(scene.workspace.commentsOf, each.thread, each.id)
    commentEvent(scene, 'comment.deleted', each, by)
  }
}
