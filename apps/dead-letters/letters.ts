/** Letters as people ask for them: which there are, in which state, one of them, and how many for which reason. */
import type { DeadLetter } from '@attio-stream/contracts'
import { isCut, type LetterSource, readLetters } from '@attio-stream/stream'
import type { Decision, Decisions, Verdict } from './decisions.ts'

export type LetterState = 'open' | Verdict
export const STATES = ['open', 'redriven', 'superseded', 'dropped'] as const satisfies readonly LetterState[]

export interface LetterFilter {
  readonly ids?: ReadonlySet<string>
  readonly workspace?: string
  readonly stage?: string
  readonly topic?: string
  /** A class of reasons (unreadable, refused, …), or a part of the sentence. */
  readonly reason?: string
  /** Buried at this time or later, ms. */
  readonly since?: number
  readonly state?: LetterState
}

/** A letter without its bytes: what can be listed by the thousand. */
export interface LetterEntry extends Omit<DeadLetter, 'value' | 'key' | 'value_size'> {
  readonly id: string
  readonly key: string | null
  /** Of the original bytes; null: a tombstone. */
  readonly size: number | null
  /** Only a part of the bytes is kept. */
  readonly cut: boolean
  readonly state: LetterState
  readonly decision: Decision | undefined
}

export interface Office extends LetterSource {
  readonly decisions: Decisions
}

/** Oldest first. `unreadable`: messages of the topic that are no letters. */
export async function listLetters(
  office: Office,
  filter: LetterFilter = {},
): Promise<{ readonly letters: readonly LetterEntry[]; readonly unreadable: number }> {
  const decisions = await office.decisions.all()
  const letters: LetterEntry[] = []
  const unreadable = await readLetters(office, (id, letter) => {
    const entry = entryOf(id, letter, decisions.get(id))
    if (matches(entry, filter)) letters.push(entry)
  })
  return { letters, unreadable }
}

/** One letter with its bytes. */
export async function findLetter(
  office: Office,
  id: string,
): Promise<{ readonly entry: LetterEntry; readonly letter: DeadLetter } | undefined> {
  const decisions = await office.decisions.all()
  let found: { entry: LetterEntry; letter: DeadLetter } | undefined
  await readLetters(office, (other, letter) => {
    if (other === id) found = { entry: entryOf(id, letter, decisions.get(id)), letter }
  })
  return found
}

export interface ReasonCount {
  readonly stage: string
  readonly fault: string
  readonly reason: string
  readonly state: LetterState
  readonly letters: number
}

/** Most frequent first; ids and numbers in a sentence do not make it another reason. */
export function countByReason(letters: readonly LetterEntry[]): readonly ReasonCount[] {
  const groups = Map.groupBy(letters, ({ stage, fault, reason, state }) =>
    JSON.stringify([stage, fault, plain(reason), state]),
  )
  const counts = [...groups.values()].map((group): ReasonCount => {
    const { stage, fault, reason, state } = group[0] as LetterEntry
    return { stage, fault, reason: plain(reason), state, letters: group.length }
  })
  return counts.sort((a, b) => b.letters - a.letters)
}

function entryOf(id: string, { value, key, value_size, ...letter }: DeadLetter, decision?: Decision): LetterEntry {
  return {
    ...letter,
    id,
    key: key === null ? null : key.toString(),
    size: value_size ?? value?.length ?? null,
    cut: isCut({ value, key, value_size, ...letter }),
    state: decision?.verdict ?? 'open',
    decision,
  }
}

function matches(entry: LetterEntry, filter: LetterFilter): boolean {
  const { ids, workspace, stage, topic, reason, since, state } = filter
  return (
    (ids === undefined || ids.has(entry.id)) &&
    (workspace === undefined || entry.workspace_id === workspace) &&
    (stage === undefined || entry.stage === stage) &&
    (topic === undefined || entry.topic === topic) &&
    (reason === undefined || entry.fault === reason || entry.reason.includes(reason)) &&
    (since === undefined || entry.buried_at >= since) &&
    (state === undefined || entry.state === state)
  )
}

const plain = (reason: string): string => reason.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27,}|\d+/gi, '…')
