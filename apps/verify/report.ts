/** A report for people: one table, then the first differences by id and kind. No text of documents. */
import { KINDS } from '@attio-stream/sink'
import type { RepairReport } from './repair.ts'
import type { StoreReport, VerifyReport } from './verify.ts'

const FIRST = 20

export function reportLines(report: VerifyReport, first = FIRST): readonly string[] {
  const { documents, dead, unreadable, stores } = report
  const head = `crm.artifacts: ${documents} documents, ${dead} dead${unreadable > 0 ? `, ${unreadable} unreadable` : ''}`
  const shown = KINDS.filter((kind) => stores.some((store) => count(store, kind) > 0))
  const table = [
    ['store', 'documents', 'marks', 'lag', 'differences', ...shown],
    ...stores.map((store) => [
      store.store,
      String(store.documents),
      String(store.marks),
      String(store.lag),
      store.failure === null ? String(store.differences.length) : '?',
      ...shown.map((kind) => String(count(store, kind))),
    ]),
  ]
  return [head, '', ...columns(table), ...stores.flatMap((store) => details(store, first))]
}

export function repairLines({ before, repairs, after, foreign }: RepairReport, first = FIRST): readonly string[] {
  const alone =
    foreign === 0
      ? []
      : [
          '',
          `${foreign} are of workspaces crm.artifacts does not know and were left alone; --workspace ID removes them.`,
        ]
  if (repairs.length === 0) return [...reportLines(after, first), ...alone]
  const done = repairs.flatMap(({ store, round, written, forgotten, superseded, refused, failure }) => [
    failure === null
      ? `${store}, round ${round}: ${written} written again, ${forgotten} removed, ${superseded} superseded meanwhile`
      : `${store}, round ${round}: could not be repaired: ${failure}`,
    ...refused.slice(0, first).map(({ id, reason }) => `${store}: ${id} was refused: ${reason}`),
  ])
  return [
    'Before:',
    ...reportLines(before, first),
    '',
    'Repaired:',
    ...done,
    '',
    'After:',
    ...reportLines(after, first),
  ]
}

const count = (store: StoreReport, kind: string): number =>
  store.differences.filter((difference) => difference.kind === kind).length

function details(store: StoreReport, first: number): readonly string[] {
  const lines: string[] = []
  const { differences, lag, moving, pending } = store
  if (store.failure !== null) lines.push(`could not be compared: ${store.failure}`)
  if (lag > 0) lines.push(`is ${lag} messages behind; ${pending} of its documents were not judged`)
  if (moving > 0) lines.push(`${moving} documents changed while it was scanned: run again`)
  for (const { kind, id, document, workspace, buried } of differences.slice(0, first))
    lines.push(`${kind} ${document ?? id} (workspace ${workspace})${buried ? ', buried in crm.dead-letters' : ''}`)
  if (differences.length > first) lines.push(`… and ${differences.length - first} more`)
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `${store.store}: ${line}`)]
}

function columns(table: readonly (readonly string[])[]): readonly string[] {
  const widths = table[0]?.map((_, n) => Math.max(...table.map((row) => row[n]?.length ?? 0))) ?? []
  return table.map((row) =>
    row
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
