/**
 * A generation: one complete copy of a sink's index, built by one version of formatter, schema and embedding model. The same
 * words for every store. Where rows of them are kept is registry.ts's.
 */

/**
 * building: is being filled from the beginning of crm.artifacts. caught up: has all there was, and follows. verified: holds
 * what it should, document by document. live: what readers see, and the one the sink writes. retired: was live, is kept for
 * a rollback. dropped: gone, or going.
 */
export const STATES = ['building', 'caught up', 'verified', 'live', 'retired', 'dropped'] as const
export type State = (typeof STATES)[number]

/** On its way to be live; a sink has at most one of them. */
export const UNDER_WAY: readonly State[] = ['building', 'caught up', 'verified']

/** What a generation was made by. When any of it differs, the documents may. */
export interface GenerationKey {
  /** FORMAT_VERSION of libs/documents. */
  readonly format: string
  /** Of the store's mapping, worked out from what the sink declares. */
  readonly schema: string
  /** Embedding model and dimensions; '' in a store without vectors. */
  readonly model: string
}

export interface Generation {
  readonly sink: string
  readonly number: number
  readonly key: GenerationKey
  /** What it is called in the store. */
  readonly places: readonly string[]
  readonly state: State
  /** Why it did not go on, a sentence; '' when nothing is wrong. */
  readonly reason: string
  /** Readers are being moved to it. */
  readonly switching: boolean
  /** Messages of crm.artifacts written, and how many there are. */
  readonly done: number
  readonly total: number
  /** Messages a second, lately. */
  readonly rate: number
  readonly createdAt: Date
  readonly liveAt: Date | null
  /** When the sink began to write it as the live one. */
  readonly followedAt: Date | null
  readonly retiredAt: Date | null
  /** When nothing of it was left in the store. */
  readonly droppedAt: Date | null
  readonly updatedAt: Date
}

export const sameKey = (a: GenerationKey, b: GenerationKey): boolean =>
  a.format === b.format && a.schema === b.schema && a.model === b.model

/** For people: `format 3, schema 1f2e3d4c, model text-embedding-3-small/1536`. */
export const keyText = ({ format, schema, model }: GenerationKey): string =>
  `format ${format}, schema ${schema}${model === '' ? '' : `, model ${model}`}`

/** A sentence when the running code is another than the one that built the live generation, else undefined. */
export function differs({ sink, number, key }: Generation, now: GenerationKey): string | undefined {
  if (sameKey(key, now)) return undefined
  return (
    `The live generation ${number} of ${sink} was built by ${keyText(key)}; this is ${keyText(now)}. ` +
    `What is written from now on is new, the rest is not: npm run rebuild -- --sink ${sink}`
  )
}

/** Consumer group of a generation. The first one has the sink's own name, as before there were generations. */
export const sinkGroup = (sink: string, generation = 1): string =>
  generation === 1 ? `sink-${sink}` : `sink-${sink}-g${generation}`

/** Something about generations was asked for that cannot be; the message says what can be done. */
export class GenerationError extends Error {
  override name = 'GenerationError'
}
