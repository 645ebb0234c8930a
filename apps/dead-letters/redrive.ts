/**
 * Redriving: a letter's message is tried again where it failed, and only there, so that nothing newer is ever overwritten
 * (R12; the guard of each topic is in the README). Every letter is decided once, whoever asks and however often; one that
 * cannot be redriven stays open and says why.
 */
import type { DeadLetter } from '@attio-stream/contracts'
import { ATTEMPTS, type Codec, readLetters, wholeValue } from '@attio-stream/stream'
import { ChangeRedrive } from './changes.ts'
import type { Verdict } from './decisions.ts'
import { type LetterFilter, listLetters, type Office } from './letters.ts'
import { noticesAgain } from './notices.ts'
import { StateRedrive } from './states.ts'
import { type OpenStore, StoreRedrive } from './stores.ts'

export interface RedriveOptions extends Office {
  readonly codec: Codec
  /** By the name behind `sink-`. Opened when the first letter of it is redriven. */
  readonly openStore: OpenStore
  /** Workspaces that are connected. Letters of others are left alone: what was erased must not come back. */
  readonly connected: ReadonlySet<string>
  /** Who asks. */
  readonly by: string
  readonly onLetter?: (id: string, outcome: Outcome) => void
}

/** Still open. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
}
export type Tried = { readonly kind: 'redriven' | 'superseded' } | Refused
export type Outcome = { readonly kind: Verdict | 'decided' } | Refused

/** A letter to be tried again: its whole bytes, where they stood, and how often they were tried. */
export interface Again {
  readonly letter: DeadLetter
  readonly value: Buffer | null
  /** Those of the message, with the number of attempts. */
  readonly headers: Readonly<Record<string, string>>
}

/** Tries letters of one kind of place. `refused` sentences hold no customer text. */
export interface Redrive {
  redrive(again: Again): Promise<Tried>
  /** After the last one. */
  close(): Promise<void>
}

export const refused = (reason: string): Refused => ({ kind: 'refused', reason })

/** Oldest first. Only open letters are looked at. */
export async function redriveLetters(options: RedriveOptions, filter: LetterFilter): Promise<readonly Outcome[]> {
  const { letters } = await listLetters(options, { ...filter, state: 'open' })
  const chosen = new Map(letters.map((entry) => [entry.id, entry]))
  const kinds = {
    notices: noticesAgain(options),
    changes: new ChangeRedrive(options, letters),
    states: new StateRedrive(options, letters),
    stores: new StoreRedrive(options, letters),
  }
  const outcomes: Outcome[] = []
  try {
    await readLetters(options, async (id, letter) => {
      if (!chosen.has(id)) return
      const outcome = await redriveOne(id, letter, options, kinds)
      outcomes.push(outcome)
      options.onLetter?.(id, outcome)
    })
  } finally {
    for (const kind of Object.values(kinds)) await kind.close()
  }
  return outcomes
}

type Kinds = Readonly<Record<'notices' | 'changes' | 'states' | 'stores', Redrive>>

async function redriveOne(
  id: string,
  letter: DeadLetter,
  { log, signal, decisions, by, connected }: RedriveOptions,
  kinds: Kinds,
): Promise<Outcome> {
  signal?.throwIfAborted()
  const { workspace_id: workspace } = letter
  if (workspace !== null && !connected.has(workspace))
    return refused(`Workspace ${workspace} is not connected; connect it again, or drop the letter.`)
  const redriveOf = kindOf(letter)
  if (typeof redriveOf === 'string') return refused(redriveOf)
  let reason = ''
  const decided = await decisions.decide(id, by, async () => {
    const value = await wholeValue(letter, log, signal)
    const headers = { ...letter.headers, [ATTEMPTS]: String(letter.attempts) }
    const tried = value === undefined ? refused(GONE) : await redriveOf(kinds).redrive({ letter, value, headers })
    if (tried.kind !== 'refused') return tried.kind
    reason = tried.reason
    return undefined
  })
  return decided === undefined ? refused(reason) : { kind: decided }
}

const GONE = 'Only a part of its bytes was kept, and the message itself is gone from its topic.'

/** A sentence: there is nothing to be redriven. */
function kindOf({ topic, stage, offset }: DeadLetter): ((kinds: Kinds) => Redrive) | string {
  if (topic === null && stage === 'webhook') return ({ notices }) => notices
  if (topic === null) return 'It was a row of a page, which is read again by the next backfill or sweep; then drop it.'
  if (offset === null)
    return 'It is what a stage wanted to write and no message can hold; it is tried again with every change of the record.'
  switch (topic) {
    case 'attio.notices':
      return ({ notices }) => notices
    case 'attio.changes':
      return ({ changes }) => changes
    case 'crm.records':
    case 'crm.children':
    case 'crm.attachments':
    case 'crm.names':
      return ({ states }) => states
    case 'crm.artifacts':
      return stage.startsWith('sink-') ? ({ stores }) => stores : 'No sink has buried it.'
    default:
      return `Nobody here knows how messages of ${topic} are tried again.`
  }
}
