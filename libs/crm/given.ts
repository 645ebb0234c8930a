/** Builders for tests: a directory, records and children with what a fact does not depend on filled in. */
import type { AttributeCard, Card, NameKind, ObjectCard } from './directory.ts'
import { nameKey } from './directory.ts'
import type { NameEntry, NameLookup } from './join.ts'
import type { EntryContent, NoteContent, RecordContent, TaskContent } from './record.ts'
import type { Actor, Value } from './value.ts'

export const WORKSPACE = 'w1'
export const member = (id: string): Actor => ({ type: 'workspace-member', id })
export const text = (value: string): Value => ({ kind: 'text', text: value })
export const reference = (record: string, object = 'companies'): Value => ({ kind: 'record-reference', object, record })
export const actor = (id: string): Value => ({ kind: 'actor-reference', actor: member(id) })

export function attribute(slug: string, title: string, type = 'text'): AttributeCard {
  return { slug, title, type, multiple: false, currency: null }
}

export function object(slug: string, attributes: readonly AttributeCard[] = []): ObjectCard {
  return { kind: 'object', slug, singular: slug, plural: slug, attributes }
}

export function record(id: string, values: RecordContent['values'] = {}, object = 'o1'): RecordContent {
  return { object, record: id, createdAt: '2026-09-02T10:00:00.000Z', webUrl: null, name: id, values }
}

export function note(id: string, more: Partial<NoteContent> = {}): NoteContent {
  const createdAt = '2026-11-20T09:12:00.000Z'
  return { kind: 'note', id, createdAt, author: member('m1'), title: 'Call', text: 'Text', ...more }
}

export function task(id: string, more: Partial<TaskContent> = {}): TaskContent {
  const rest = { author: member('m1'), assignees: [], done: false, completedAt: null, due: null }
  return { kind: 'task', id, createdAt: '2026-11-20T09:12:00.000Z', text: 'Do it', ...rest, ...more }
}

export function entry(id: string, list: string, more: Partial<EntryContent> = {}): EntryContent {
  return { kind: 'entry', id, list, createdAt: '2026-10-01T08:00:00.000Z', author: null, values: {}, ...more }
}

/** A directory; `asked` collects the keys a join looked up. */
export class Directory {
  readonly asked = new Set<string>()
  readonly #entries = new Map<string, NameEntry>()

  add(kind: NameKind, id: string, name: string | null, card: Card | null = null): this {
    this.#entries.set(nameKey(WORKSPACE, kind, id), { name, deleted: false, card })
    return this
  }
  delete(kind: NameKind, id: string): this {
    this.#entries.set(nameKey(WORKSPACE, kind, id), { name: null, deleted: true, card: null })
    return this
  }
  readonly name: NameLookup = (kind, id) => {
    const key = nameKey(WORKSPACE, kind, id)
    this.asked.add(key)
    return this.#entries.get(key)
  }
}
