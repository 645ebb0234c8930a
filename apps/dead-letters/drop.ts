/** Dropping: nobody shall try these letters again. Only open ones are there to drop, and each is decided once. */
import { type LetterFilter, listLetters, type Office } from './letters.ts'
import type { Outcome } from './redrive.ts'

export interface DropOptions extends Office {
  /** Who asks. */
  readonly by: string
  readonly onLetter?: (id: string, outcome: Outcome) => void
}

export async function dropLetters(options: DropOptions, filter: LetterFilter): Promise<readonly Outcome[]> {
  const { decisions, by, signal, onLetter } = options
  const { letters } = await listLetters(options, { ...filter, state: 'open' })
  const outcomes: Outcome[] = []
  for (const { id } of letters) {
    signal?.throwIfAborted()
    const kind = (await decisions.decide(id, by, async () => 'dropped')) ?? 'decided'
    outcomes.push({ kind })
    onLetter?.(id, { kind })
  }
  return outcomes
}
