/** What a sweep came to, in words. */
import type { Summary } from './walks.ts'

/** `It healed 3 states: 1 note deleted, 2 record changed.` */
export function healedLine({ healed, early, complete }: Summary): string {
  const counts = Object.entries(healed).sort(([a], [b]) => (a < b ? -1 : 1))
  const sum = counts.reduce((total, [, count]) => total + count, 0)
  const parts = counts.map(([state, count]) => `${count} ${state}`)
  const what =
    sum === 0 ? 'Nothing had been missed.' : `It healed ${sum} state${sum === 1 ? '' : 's'}: ${parts.join(', ')}.`
  const soon = early === 0 ? '' : ` ${early} more it saw before their own webhook was answered.`
  const open = complete ? '' : ' Not everything it asked for has been read and folded yet; more may follow.'
  return `${what}${soon}${open}`
}
