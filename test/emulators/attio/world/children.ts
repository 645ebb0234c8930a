/** Notes and tasks: making and editing them, and what becomes of a record's children when it goes away. */
import { invalid, notFound, valueNotFound } from '../errors.ts'
import { commentEvent, noteEvent, taskEvent } from './events.ts'
import { deleteItem, type Scene } from './items.ts'
import type { Actor, Note, RecordRef, Task } from './model.ts'
import { instant, readInstant } from './time.ts'
import { addTo, removeFrom } from './world.ts'

/** Markdown without its marks: what Attio answers as plain text. */
export function plainOf(markdown: string): string {
  return markdown
    .replace(/^#{1,3} /gm, '')
    .replace(/(\*\*|~~|==)(.+?)\1/g, '$2')
    .replace(/(^|\s)[*_](\S.*?)[*_](?=\s|$|[.,;:!?])/g, '$1$2')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1')
}

export interface NoteText {
  readonly content: string
  readonly format: 'plaintext' | 'markdown'
}

export function createNote(
  scene: Scene,
  spec: { parent: RecordRef; title: string; text: NoteText; by: Actor; at?: number; id?: string; tags?: Note['tags'] },
): Note {
  const now = spec.at ?? scene.world.now()
  const note: Note = {
    id: spec.id ?? scene.world.uuid(),
    createdAt: now,
    parent: spec.parent,
    title: spec.title,
    ...spec.text,
    tags: spec.tags ?? [],
    by: spec.by,
  }
  scene.workspace.notes.put(note, scene.world.seeding ? undefined : scene.world.now())
  addTo(scene.workspace.notesOf, note.parent.record, note.id)
  noteEvent(scene, 'note.created', note, spec.by)
  return note
}

export function noteOf(scene: Scene, id: string): Note {
  const note = scene.workspace.notes.get(id)
  if (!note) throw notFound(`Could not find note with ID "${id}".`)
  return note
}

/** Title and body change by separate events. */
export function editNote(scene: Scene, id: string, change: { title?: string; text?: NoteText }, by: Actor): Note {
  const note = noteOf(scene, id)
  const next: Note = { ...note, ...(change.title === undefined ? {} : { title: change.title }), ...change.text }
  scene.workspace.notes.put(next, scene.world.now())
  if (next.title !== note.title) noteEvent(scene, 'note.updated', next, by)
  if (next.content !== note.content || next.format !== note.format) noteEvent(scene, 'note-content.updated', next, by)
  return next
}

/** No event exists for this; the person's edit is visible only to those who look. */
export function moveNote(scene: Scene, id: string, parent: RecordRef): Note {
  const note = noteOf(scene, id)
  const next = { ...note, parent }
  removeFrom(scene.workspace.notesOf, note.parent.record, id)
  addTo(scene.workspace.notesOf, parent.record, id)
  scene.workspace.notes.put(next, scene.world.now())
  return next
}

export function deleteNote(scene: Scene, id: string, by: Actor, announce = true): void {
  const note = noteOf(scene, id)
  scene.workspace.notes.remove(id, scene.world.now())
  removeFrom(scene.workspace.notesOf, note.parent.record, id)
  if (announce) noteEvent(scene, 'note.deleted', note, by)
}

export interface TaskChange {
  readonly content?: string
  readonly deadline?: string | null
  readonly completed?: boolean
  readonly linked?: readonly RecordRef[]
  readonly assignees?: readonly string[]
}

export function createTask(scene: Scene, spec: TaskChange & { by: Actor; at?: number }): Task {
  const now = spec.at ?? scene.world.now()
  const task: Task = {
    id: scene.world.uuid(),
    createdAt: now,
    content: spec.content ?? '',
    deadline: deadlineOf(spec.deadline),
    completedAt: spec.completed ? now : null,
    linked: spec.linked ?? [],
    assignees: spec.assignees ?? [],
    by: spec.by,
  }
  scene.workspace.tasks.put(task, scene.world.seeding ? undefined : scene.world.now())
  for (const ref of task.linked) addTo(scene.workspace.tasksOf, ref.record, task.id)
  taskEvent(scene, 'task.created', task.id, spec.by)
  return task
}

export function taskOf(scene: Scene, id: string): Task {
  const task = scene.workspace.tasks.get(id)
  if (!task) throw notFound(`Could not find task with ID "${id}".`)
  return task
}

export function editTask(scene: Scene, id: string, change: TaskChange, by: Actor, announce = true): Task {
  const task = taskOf(scene, id)
  const done = change.completed ?? task.completedAt !== null
  const next: Task = {
    ...task,
    content: change.content ?? task.content,
    deadline: change.deadline === undefined ? task.deadline : deadlineOf(change.deadline),
    completedAt: done ? (task.completedAt ?? scene.world.now()) : null,
    linked: change.linked ?? task.linked,
    assignees: change.assignees ?? task.assignees,
  }
  scene.workspace.tasks.put(next, scene.world.now())
  for (const ref of task.linked) removeFrom(scene.workspace.tasksOf, ref.record, id)
  for (const ref of next.linked) addTo(scene.workspace.tasksOf, ref.record, id)
  if (announce) taskEvent(scene, 'task.updated', id, by)
  return next
}

export function deleteTask(scene: Scene, id: string, by: Actor): void {
  const task = taskOf(scene, id)
  scene.workspace.tasks.remove(id, scene.world.now())
  for (const ref of task.linked) removeFrom(scene.workspace.tasksOf, ref.record, id)
  taskEvent(scene, 'task.deleted', id, by)
}

function deadlineOf(given: string | null | undefined): string | null {
  if (given === null || given === undefined) return null
  const ms = readInstant(given) ?? readInstant(`${given}T00:00:00Z`)
  if (ms === undefined) throw invalid('"deadline_at" must be an ISO 8601 timestamp.')
  return instant(ms)
}

/** A record named by object (slug or id) and id, checked to exist. */
export function refOf(scene: Scene, record: string, object?: string): RecordRef {
  const home = scene.workspace.home.get(record)
  if (home?.kind !== 'object' || !home.items.has(record)) throw valueNotFound(`Could not find record "${record}".`)
  if (object !== undefined && home.id !== object && home.slug !== object)
    throw valueNotFound(`Could not find record "${record}" in object "${object}".`)
  return { object: home.id, record }
}

export function notesGone(scene: Scene, record: string, by: Actor): void {
  for (const id of [...(scene.workspace.notesOf.get(record) ?? [])])
    deleteNote(scene, id, by, scene.world.switches.cascadeEvents)
}

export function tasksUnlinked(scene: Scene, record: string, by: Actor): void {
  for (const id of [...(scene.workspace.tasksOf.get(record) ?? [])]) {
    const linked = taskOf(scene, id).linked.filter((ref) => ref.record !== record)
    editTask(scene, id, { linked }, by, scene.world.switches.cascadeEvents)
  }
}

export function entriesGone(scene: Scene, record: string, by: Actor): void {
  for (const id of [...(scene.workspace.entriesOf.get(record) ?? [])]) {
    const list = scene.workspace.home.get(id)
    if (list) deleteItem(scene, list, id, by, scene.world.switches.cascadeEvents)
  }
}

export function commentsGone(scene: Scene, record: string, by: Actor): void {
  for (const id of [...(scene.workspace.commentsOf.get(record) ?? [])]) {
    const comment = scene.workspace.comments.remove(id, scene.world.now())
    removeFrom(scene.workspace.commentsOf, record, id)
    if (comment && scene.world.switches.cascadeEvents) commentEvent(scene, 'comment.deleted', comment, by)
  }
}
