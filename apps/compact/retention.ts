/**
 * Forgetting: deleted states after their retention, and whatever a tombstone on attio.changes names (a workspace being
 * erased). A forgotten thing leaves a tombstone in every topic that knew it.
 */
import type { ChildState, RecordState } from '@attio-stream/contracts'
import type { Output } from '@attio-stream/stream'
import { detached } from './child.ts'
import { isDirectoryKind } from './directory.ts'
import { forgottenNameOutput } from './names.ts'
import type { CompactTables } from './stage.ts'

/** At most so many things are forgotten at once, so that one transaction stays small. */
const BATCH = 2_000

const PREFIX = 'deleted/'

/** Deleted states by the time of their death; the others, nearly all, need not be decoded. */
export function expiryTerm(
  state: () => RecordState | ChildState,
  { deleted }: Readonly<Record<string, string>>,
): readonly string[] {
  return deleted === '1' ? [`${PREFIX}${String(state().fence).padStart(16, '0')}`] : []
}

/** Tombstones for what died before `deadline`, ms, oldest first. */
export function expired(tables: CompactTables, deadline: number): readonly Output[] {
  return [
    ...oldest(tables.records, deadline).flatMap((key) => forgetRecord(key, tables)),
    ...oldest(tables.children, deadline).flatMap((key) => forgetChild(key, tables)),
  ]
}

function oldest(table: CompactTables['records'] | CompactTables['children'], deadline: number): readonly string[] {
  const keys: string[] = []
  for (const { term, key } of table.byTerm(PREFIX)) {
    if (keys.length === BATCH || Number(term.slice(PREFIX.length)) >= deadline) break
    keys.push(key)
  }
  return keys
}

export function forgetRecord(key: string, { records }: CompactTables): readonly Output[] {
  const workspace = records.get(key)?.value.workspace_id
  if (workspace === undefined) return []
  return [
    { topic: 'crm.records', key, value: null, headers: { workspace } },
    forgottenNameOutput({ workspace, kind: 'record', id: key }),
  ]
}

export function forgetChild(key: string, { children }: CompactTables): readonly Output[] {
  const held = children.get(key)?.value
  if (held === undefined) return []
  const { workspace_id: workspace, kind, parents } = held
  return [
    { topic: 'crm.children', key, value: null, headers: { workspace } },
    ...parents.map((parent) => detached(parent, { workspace_id: workspace, kind, id: key })),
    ...(isDirectoryKind(kind) ? [forgottenNameOutput({ workspace, kind, id: key })] : []),
  ]
}
