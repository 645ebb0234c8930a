/**
 * Which generations a sink has and what has become of them. Kept in the control database (postgres-generations.ts), or in
 * memory for tests. Every step is guarded by the state it starts from, so two processes never take the same one.
 */
import { type Generation, GenerationError, type GenerationKey, keyText, type State, UNDER_WAY } from './generation.ts'

export interface Begin {
  readonly key: GenerationKey
  readonly places: (generation: number) => readonly string[]
}

export interface Progress {
  readonly done: number
  readonly total: number
  readonly rate: number
}

/** Frees what it stands for; may be called again. */
export interface Held {
  release(): Promise<void>
}

export interface Generations {
  readonly sink: string
  /** Newest first. */
  all(): Promise<readonly Generation[]>
  /** The live one; where there is none yet, the first, live from its first document because there is nothing before it. */
  live(first: Begin): Promise<Generation>
  /** The next one, building. @throws GenerationError while another is under way, naming it. */
  start(next: Begin): Promise<Generation>
  /** One step; reason and progress of earlier ones are forgotten. @throws GenerationError when it is in none of the states `from`. */
  move(number: number, from: readonly State[], to: State): Promise<void>
  progress(number: number, progress: Progress): Promise<void>
  /** It does not go on, for this reason. */
  fail(number: number, reason: string): Promise<void>
  /**
   * Makes a verified one live and retires the one before. `show` moves readers in the store; the rows follow in one
   * transaction. A crash in between leaves `switching` set, and whoever sees it calls this again.
   */
  makeLive(number: number, show: () => Promise<void>): Promise<void>
  /** The sink writes it as the live one from now on. */
  followed(number: number): Promise<void>
  /** Nothing of it is left in the store. */
  gone(number: number): Promise<void>
  /** Only one process at a time builds, or tidies up; undefined while another does. Freed when the process dies. */
  hold(work: 'build' | 'tidy'): Promise<Held | undefined>
  /** Calls back when any of them took a step, and whenever one may have been missed. */
  watch(onStep: () => void): Promise<{ close(): Promise<void> }>
}

export const underWay = (all: readonly Generation[]): Generation | undefined =>
  all.find(({ state }) => UNDER_WAY.includes(state))

export function refusal(sink: string, other: Generation | undefined): GenerationError {
  if (other === undefined) return new GenerationError(`Another generation of ${sink} was begun at the same time.`)
  const since = other.createdAt.toISOString().slice(0, 16).replace('T', ' ')
  return new GenerationError(
    `Generation ${other.number} of ${sink} is ${other.state} since ${since} (${keyText(other.key)}): ` +
      `wait for it, or end it with: npm run rebuild -- cancel --sink ${sink}`,
  )
}

export const wrongState = (sink: string, number: number, found: State | undefined, to: State): GenerationError =>
  new GenerationError(
    found === undefined
      ? `${sink} has no generation ${number}.`
      : `Generation ${number} of ${sink} is ${found} and cannot become ${to}.`,
  )
