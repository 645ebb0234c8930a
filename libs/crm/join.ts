/**
 * The foreign-key join of one record: content + children + directory → artifact. Pure: the same arguments give the same
 * artifact, in whatever order the children come. It asks the directory only for what references.ts lists.
 */
import type { Activity, Artifact, Membership } from './artifact.ts'
import type { Card, NameKind, ObjectCard } from './directory.ts'
import { namedActor, namedAttributes } from './named.ts'
import type { ChildContent, EntryContent, NoteContent, RecordContent, TaskContent } from './record.ts'

/** A directory entry, its card decoded. */
export interface NameEntry {
  readonly name: string | null
  readonly deleted: boolean
  readonly card: Card | null
}
/** Undefined: not in the directory (yet). */
export type NameLookup = (kind: NameKind, id: string) => NameEntry | undefined

export interface JoinInput {
  readonly workspace: string
  readonly content: RecordContent
  /** The entry of the record's object; undefined until the directory knows it. */
  readonly object: ObjectCard | undefined
  /** What is shown of the record's children: its memberships, and its newest notes and tasks. */
  readonly children: readonly ChildContent[]
  /** All it has, shown or not. */
  readonly notes: number
  readonly tasks: number
  readonly name: NameLookup
}

export function join({ workspace, content, object, children, notes, tasks, name }: JoinInput): Artifact {
  const lists: Membership[] = []
  const activity: Activity[] = []
  for (const child of children) {
    if (child.kind === 'entry') {
      const membership = toMembership(child, name)
      if (membership !== null) lists.push(membership)
    } else activity.push(toActivity(child, name))
  }
  return {
    workspace,
    object: { id: content.object, slug: object?.slug ?? null, singular: object?.singular ?? null },
    record: content.record,
    createdAt: content.createdAt,
    webUrl: content.webUrl,
    name: content.name,
    attributes: namedAttributes(content.values, object?.attributes ?? [], name),
    lists: lists.length > 1 ? lists.sort(byListName) : lists,
    activity: activity.length > 1 ? activity.sort(newestFirst) : activity,
    notes,
    tasks,
  }
}

/** Null when the list is gone: its entries went with it. */
function toMembership(entry: EntryContent, name: NameLookup): Membership | null {
  const list = name('list', entry.list)
  if (list?.deleted === true) return null
  const card = list?.card?.kind === 'list' ? list.card : undefined
  return {
    entry: entry.id,
    list: entry.list,
    slug: card?.slug ?? null,
    name: list?.name ?? null,
    createdAt: entry.createdAt,
    attributes: namedAttributes(entry.values, card?.attributes ?? [], name),
  }
}

function toActivity(child: NoteContent | TaskContent, name: NameLookup): Activity {
  const author = child.author === null ? null : namedActor(child.author, name)
  if (child.kind === 'note')
    return { kind: 'note', id: child.id, at: child.createdAt, author, title: child.title, text: child.text }
  return {
    kind: 'task',
    id: child.id,
    at: child.createdAt,
    author,
    assignees: child.assignees.map((assignee) => namedActor(assignee, name)),
    text: child.text,
    done: child.done,
    completedAt: child.completedAt,
    due: child.due,
  }
}

/** Lists without a name yet come last. */
function byListName(a: Membership, b: Membership): number {
  if (a.name === null || b.name === null) {
    if (a.name !== b.name) return a.name === null ? 1 : -1
    return compare(a.list, b.list) || byCreation(a, b)
  }
  return compare(a.name, b.name) || byCreation(a, b)
}
function byCreation(a: Membership, b: Membership): number {
  return compare(a.createdAt, b.createdAt) || compare(a.entry, b.entry)
}

function newestFirst(a: Activity, b: Activity): number {
  return compare(b.at, a.at) || compare(a.id, b.id) || compare(a.kind, b.kind)
}

/** By UTF-16 code units: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
