/** The report of the source end for people, and its exit code. No text of records. */

import type { SourceRepairReport } from './repair-source.ts'
import { SOURCE_KINDS, type SourceDifference } from './source-difference.ts'
import type { Progress, SourceReport } from './verify-source.ts'

const FIRST = 20

/** 0: all as it should be. 1: something differs. 2: not everything could be compared. */
export function exitCodeOf(report: SourceReport | SourceRepairReport): 0 | 1 | 2 {
  const { moving, unclear } = 'before' in report ? report.before : report
  const left = 'before' in report ? report.left : report.differences
  if (left.length > 0) return 1
  return moving === 0 && Object.keys(unclear).length === 0 ? 0 : 2
}

export function sourceLines(report: SourceReport, first = FIRST): readonly string[] {
  const { workspace, things, differences, moving, unclear, outOfSight, unreadable, skipped } = report
  const counts = SOURCE_KINDS.map(
    (kind) => `${differences.filter(({ difference }) => difference === kind).length} ${kind}`,
  )
  return [
    `Workspace ${workspace}: Attio shows ${things} things; ${differences.length} differences (${counts.join(', ')}).`,
    ...differenceLines(differences, first),
    ...(moving > 0 ? [`  ${moving} things keep changing, or are still being read: run again.`] : []),
    ...Object.entries(unclear).map(([reason, count]) => `  ${count} could not be judged: ${reason}`),
    ...(outOfSight > 0
      ? [`  ${outOfSight} known things are in lists that could not be walked; nothing is said about them.`]
      : []),
    ...(unreadable > 0 ? [`  ${unreadable} things cannot be read; their changes are dead letters.`] : []),
    ...skipped.map((sentence) => `  not walked: ${sentence}`),
  ]
}

export function sourceRepairLines({ before, repair, left }: SourceRepairReport, first = FIRST): readonly string[] {
  if (before.differences.length === 0) return sourceLines(before, first)
  const { published, mended, unclear } = repair
  return [
    ...sourceLines(before, first),
    `Read again and published: ${published}. Mended: ${mended} of ${before.differences.length}.`,
    ...unclear.slice(0, first).map(({ id, reason }) => `  ${id} could not be read again: ${reason}`),
    ...(left.length > 0 ? [`Still different: ${left.length}.`, ...differenceLines(left, first)] : []),
  ]
}

export function progressLine({ things, of }: Progress, seconds: number): string {
  const rate = things / Math.max(seconds, 0.001)
  const total = of === null ? '' : ` of about ${of}`
  const left = of === null || of <= things ? '' : `, ${duration((of - things) / Math.max(rate, 0.001))} left`
  return `  ${things}${total} things, ${Math.round(rate)}/s${left}`
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function differenceLines(differences: readonly SourceDifference[], first: number): readonly string[] {
  const lines = differences.slice(0, first).map(({ difference, kind, id, documents }) => {
    if (kind === 'record') return `  ${difference} ${documents[0] ?? `record ${id}`}`
    return `  ${difference} ${kind} ${id}${documents.length === 0 ? '' : `, shown in ${documents.join(', ')}`}`
  })
  return differences.length > first ? [...lines, `  … and ${differences.length - first} more`] : lines
}
