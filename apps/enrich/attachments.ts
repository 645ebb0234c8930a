/**
 * What a record's document shows of its notes, tasks and memberships: all memberships, and the newest notes and tasks that
 * fit ACTIVITY_BUDGET characters (at least one); all are counted. Older ones are counted without being decoded.
 */
import { ACTIVITY_BUDGET, type ChildContent } from '@attio-stream/crm'
import type { Table } from '@attio-stream/stream'
import { placeKind, placePrefix } from './terms.ts'

export interface ShownAttachments {
  readonly children: readonly ChildContent[]
  readonly notes: number
  readonly tasks: number
}

/** Characters a note or task takes besides its own text: time, author, indentation. */
const LINE_OVERHEAD = 100

export function attachmentsOf(record: string, attachments: Table<'crm.attachments'>): ShownAttachments {
  const children: ChildContent[] = []
  const count = { entry: 0, note: 0, task: 0 }
  let characters = 0
  for (const { term, key } of attachments.byTerm(placePrefix(record))) {
    const kind = placeKind(term)
    count[kind]++
    if (kind !== 'entry' && characters > ACTIVITY_BUDGET) continue
    for (const child of contentOf(attachments, key)) {
      characters += textLength(child)
      children.push(child)
    }
  }
  return { children, notes: count.note, tasks: count.task }
}

function contentOf(attachments: Table<'crm.attachments'>, key: string): readonly ChildContent[] {
  const held = attachments.get(key)
  return held === undefined ? [] : [JSON.parse(held.value.body) as ChildContent]
}

function textLength(child: ChildContent): number {
  if (child.kind === 'entry') return 0
  return LINE_OVERHEAD + child.text.length + (child.kind === 'note' ? child.title.length : 0)
}
