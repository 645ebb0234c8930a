/**
 * Notes and tasks, newest first. What does not fit is the oldest, and the last line says how much; should even the newest
 * note be too long, its beginning is shown and a line says what is missing.
 */
import type { Activity } from '@attio-stream/crm'
import { indented, line, lines } from './clean.ts'
import { boundaryBefore } from './grapheme.ts'
import type { Section } from './sections.ts'
import { actorText, dateText, numberText, timeText } from './value-text.ts'

export interface ShownActivity {
  readonly section: Section
  readonly notShown: number
}

/** `total`: all notes and tasks there are. `room`: characters there are for the lines, heading not included. */
export function activity(items: readonly Activity[], total: number, room: number): ShownActivity {
  const shown: string[] = []
  let left = room - notShownLine(total).length - 1
  for (const item of items) {
    let text = itemText(item)
    if (text.length > left) {
      if (shown.length > 0) break
      text = beginning(text, left)
      if (text === '') break
    }
    shown.push(text)
    left -= text.length + 1
  }
  const notShown = Math.max(0, total - shown.length)
  const texts = notShown > 0 ? [...shown, notShownLine(notShown)] : shown
  return { section: { heading: 'ACTIVITY', lines: texts }, notShown }
}

function notShownLine(count: number): string {
  return `… and ${count} older notes and tasks not shown`
}

function itemText(item: Activity): string {
  switch (item.kind) {
    case 'note': {
      const text = lines(item.text)
      const title = line(item.title)
      const head = `${timeText(item.at)} note${by(item)}${title === '' ? '' : `: ${title}`}`
      return text === '' ? head : `${head}\n${indented(text)}`
    }
    case 'task': {
      const text = lines(item.text)
      const head = `${timeText(item.at)} task${by(item)}${forWhom(item)} (${state(item)})`
      if (text === '') return head
      return text.includes('\n') ? `${head}:\n${indented(text)}` : `${head}: ${text}`
    }
  }
}

function by({ author }: Activity): string {
  return author === null ? '' : ` by ${actorText(author)}`
}

type Task = Extract<Activity, { kind: 'task' }>

function forWhom({ assignees }: Task): string {
  return assignees.length === 0 ? '' : ` for ${assignees.map(actorText).join(', ')}`
}

/** `open, due 2026-11-25`, `done 2026-11-20` */
function state({ done, completedAt, due }: Task): string {
  const now = done ? (completedAt === null ? 'done' : `done ${dateText(completedAt)}`) : 'open'
  return due === null ? now : `${now}, due ${dateText(due)}`
}

/** As much of an item as fits, with a line that says what is missing; '' when not even that fits. */
function beginning(text: string, room: number): string {
  const limit = room - MISSING
  if (limit <= 0) return ''
  const shown = text.slice(0, boundaryBefore(text, limit)).trimEnd()
  return `${shown}\n  … ${numberText(text.length - shown.length)} more characters not shown`
}
const MISSING = 60
