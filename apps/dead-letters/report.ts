/** Letters for people. Ids, words of ours and sentences; never bytes (R14). */
import { countByReason, type LetterEntry } from './letters.ts'
import type { Outcome } from './redrive.ts'

/** The newest, then how many for each reason. */
export function listLines(letters: readonly LetterEntry[], unreadable: number, limit: number): readonly string[] {
  if (letters.length === 0) return [...strangers(unreadable), 'No such letters.']
  const shown = letters.slice(Math.max(0, letters.length - limit))
  const rows = shown.map((entry) => [
    entry.id,
    entry.state,
    entry.stage,
    placeOf(entry),
    new Date(entry.buried_at).toISOString().slice(0, 19),
    entry.reason,
  ])
  const left = letters.length - shown.length
  const counts = countByReason(letters).map(({ letters: count, state, stage, fault, reason }) => [
    String(count),
    state,
    stage,
    fault,
    reason,
  ])
  return [
    ...columns([['id', 'state', 'stage', 'stood at', 'buried (UTC)', 'reason'], ...rows]),
    ...(left > 0 ? [`… and ${left} older ones (--limit)`] : []),
    ...strangers(unreadable),
    '',
    ...columns([['letters', 'state', 'stage', 'class', 'reason'], ...counts]),
  ]
}

export function showLines(entry: LetterEntry): readonly string[] {
  const { decision, size, cut } = entry
  const headers = Object.entries(entry.headers).map(([name, value]) => `  ${name}: ${value}`)
  return [
    `letter     ${entry.id}`,
    `state      ${entry.state}${decision === undefined ? '' : `, by ${decision.by} at ${new Date(decision.at).toISOString()}`}`,
    `stage      ${entry.stage}`,
    `reason     ${entry.reason}${entry.fault === '' ? '' : ` (${entry.fault})`}`,
    `attempts   ${entry.attempts}`,
    `stood at   ${placeOf(entry)}`,
    `key        ${entry.key ?? 'none'}`,
    `workspace  ${entry.workspace_id ?? 'not known'}`,
    `buried     ${new Date(entry.buried_at).toISOString()}`,
    `bytes      ${size === null ? 'none (a tombstone)' : size}${cut ? ', of which only the first are kept here' : ''}`,
    `sha-256    ${entry.value_sha256 ?? 'not kept'}`,
    `headers    ${headers.length === 0 ? 'none' : ''}`,
    ...headers,
  ]
}

export function outcomeLine(id: string, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'redriven':
      return `${id} is tried again`
    case 'superseded':
      return `${id} is left alone: something newer has taken its place`
    case 'dropped':
      return `${id} is dropped`
    case 'decided':
      return `${id} was decided by somebody else meanwhile`
    case 'refused':
      return `${id} stays open: ${outcome.reason}`
  }
}

export function summary(outcomes: readonly Outcome[]): string {
  const counts = Map.groupBy(outcomes, ({ kind }) => (kind === 'refused' ? 'still open' : kind))
  return outcomes.length === 0
    ? 'No open letters of these.'
    : [...counts].map(([kind, some]) => `${some.length} ${kind}`).join(', ')
}

const placeOf = ({ topic, partition, offset }: LetterEntry): string =>
  topic === null ? 'no topic' : `${topic}/${partition}/${offset ?? 'never written'}`

const strangers = (unreadable: number): readonly string[] =>
  unreadable === 0 ? [] : [`${unreadable} messages of crm.dead-letters are no letters and are not shown.`]

function columns(table: readonly (readonly string[])[]): readonly string[] {
  const widths = table[0]?.map((_, n) => Math.max(...table.map((row) => row[n]?.length ?? 0))) ?? []
  return table.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
