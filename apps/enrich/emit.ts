/**
 * One record joined and compared with what was last emitted. Emits nothing when a reader would see no difference; a record
 * whose object the directory does not know yet waits (its document id depends on the object) and the object is asked for.
 */
import type { ArtifactState, RecordState } from '@attio-stream/contracts'
import {
  ACTIVITY_BUDGET,
  type ChildContent,
  join,
  nameKey,
  type NameEntry,
  type NameKind,
  type ObjectCard,
  type RecordContent,
} from '@attio-stream/crm'
import { contentHash, type Output, type Table } from '@attio-stream/stream'
import { askThing } from './ask.ts'
import { activityKind, activityPrefix, membershipPrefix } from './terms.ts'

export interface JoinTables {
  readonly records: Table<'crm.records'>
  readonly attachments: Table<'crm.attachments'>
  readonly emitted: Table<'crm.artifacts'>
  readonly names: Table<'crm.names'>
}

export function emit(record: string, tables: JoinTables, asked: Set<string>, now: number): readonly Output[] {
  const held = tables.records.get(record)
  const emitted = tables.emitted.get(record)?.header
  if (held === undefined) return emitted === undefined ? [] : [forget(record, emitted)]
  const state = held.value
  const look = (kind: NameKind, id: string) => nameOf(tables.names, state.workspace_id, kind, id)
  const object = look('object', state.object_id)
  if (state.deleted || state.body === null) {
    const mark = deathMark(state, slugOf(object))
    return emitted === undefined || emitted === mark ? [] : [dead(record, state, held.offset, mark)]
  }
  if (object?.card == null || object.card.kind !== 'object') return askOnce(asked, state, 'object', state.object_id, now)

  const content = JSON.parse(state.body) as RecordContent
  const { children, notes, tasks } = attachmentsOf(record, tables.attachments)
  const unknownLists = children.flatMap((child) =>
    child.kind === 'entry' && look('list', child.list) === undefined
      ? askOnce(asked, state, 'list', child.list, now)
      : [],
  )
  const card: ObjectCard = object.card
  const artifact = join({ workspace: state.workspace_id, content, object: card, children, notes, tasks, name: look })
  const body = JSON.stringify(artifact)
  const hash = contentHash(body)
  if (hash === emitted) return unknownLists
  const value: ArtifactState = {
    workspace_id: state.workspace_id,
    object_id: state.object_id,
    object_slug: card.slug,
    hash,
    deleted: false,
    fence: state.fence,
    record_offset: held.offset,
    body,
  }
  return [...unknownLists, { topic: 'crm.artifacts', key: record, value, headers: { workspace: state.workspace_id, hash } }]
}

/**
 * The `hash` header of an artifact whose record is dead. It says what a document id is made of, because it is all that is
 * left when the deleted state is forgotten.
 */
function deathMark(state: RecordState, slug: string): string {
  return `deleted ${state.workspace_id} ${state.object_id} ${slug}`
}

function dead(record: string, state: RecordState, offset: number, mark: string): Output {
  const slug = mark.slice(mark.lastIndexOf(' ') + 1)
  const value: ArtifactState = {
    workspace_id: state.workspace_id,
    object_id: state.object_id,
    object_slug: slug === '' ? null : slug,
    hash: '',
    deleted: true,
    fence: state.fence,
    record_offset: offset,
    body: null,
  }
  const headers = { workspace: state.workspace_id, hash: mark, object: state.object_id, slug, deleted: '1' }
  return { topic: 'crm.artifacts', key: record, value, headers }
}

function forget(record: string, mark: string): Output {
  const [, workspace = '', object = '', slug = ''] = mark.split(' ')
  return { topic: 'crm.artifacts', key: record, value: null, headers: { workspace, hash: mark, object, slug } }
}
