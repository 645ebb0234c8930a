/**
 * The store: a directory with one file of JSON lines for each workspace. Which write wins is decided here, by versions;
 * what is on disk is journal.ts's.
 */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Document } from '@attio-stream/documents'
import { type Address, type Holding, type Refusal, type Sink, StoreError, type Write } from '@attio-stream/sink'
import { own } from './files.ts'
import { Journal } from './journal.ts'

export interface JsonlSinkOptions {
  readonly SINK_JSONL_DIRECTORY: string
  /** Characters of a document's text above which it is refused. */
  readonly SINK_JSONL_LONGEST_TEXT: number
}

const ENDING = '.jsonl'

export class JsonlSink implements Sink {
  readonly name = 'jsonl'
  readonly #directory: string
  readonly #longest: number
  readonly #journals = new Map<string, Journal>()
  #release: (() => Promise<void>) | undefined
  /** One call after the other: two hands may have documents of one workspace. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: JsonlSinkOptions) {
    this.#directory = resolve(options.SINK_JSONL_DIRECTORY)
    this.#longest = options.SINK_JSONL_LONGEST_TEXT
  }

  async open(): Promise<void> {
    if (this.#release !== undefined) return
    const release = await own(this.#directory)
    try {
      for (const name of await readdir(this.#directory))
        if (name.endsWith(ENDING)) await this.#journal(decodeURIComponent(name.slice(0, -ENDING.length)))
    } catch (error) {
      await release()
      throw error
    }
    this.#release = release
  }

  write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    const turn = this.#turn.then(() => this.#write(writes, signal))
    this.#turn = turn.catch(() => {})
    return turn
  }

  async refresh(): Promise<void> {}

  async *scan(only?: Address): AsyncIterable<Holding> {
    for (const [workspace, { entries }] of this.#journals) {
      if (only !== undefined && only.workspace !== workspace) continue
      for (const [id, { version, hash, deleted }] of only === undefined ? entries : of(entries, only.id))
        yield { id, workspace, version, hash, deleted }
    }
  }

  /** For readers: the living document of a record. */
  async get(workspace: string, id: string): Promise<Document | undefined> {
    const journal = this.#journals.get(workspace)
    const entry = journal?.entries.get(id)
    if (journal === undefined || entry === undefined || entry.deleted) return undefined
    return (await journal.read(entry))?.document ?? undefined
  }

  async close(): Promise<void> {
    await this.#turn
    await Promise.all([...this.#journals.values()].map((journal) => journal.close()))
    this.#journals.clear()
    await this.#release?.()
    this.#release = undefined
  }

  async #write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    const refused = writes.filter((write) => this.#isTooLong(write))
    const wanted = Map.groupBy(writes, ({ workspace }) => workspace)
    const failures: { readonly error: unknown; readonly writes: readonly Write[] }[] = []
    const append = async (workspace: string, some: readonly Write[]) => {
      const journal = await this.#journal(workspace)
      const newer = some.filter((write) => !refused.includes(write) && wins(write, journal))
      if (newer.length > 0) await journal.append(newer)
    }
    await Promise.all(
      [...wanted].map(([workspace, some]) =>
        append(workspace, some).catch((error: unknown) => void failures.push({ error, writes: some })),
      ),
    )
    const [failure] = failures
    if (failure !== undefined) throw storeError(failure.error, { remaining: failures.flatMap((one) => one.writes) })
    return refused.map((write) => ({ write, reason: `The text has more than ${this.#longest} characters.` }))
  }

  #isTooLong(write: Write): boolean {
    return write.kind === 'put' && write.document.text.length > this.#longest
  }

  async #journal(workspace: string): Promise<Journal> {
    const known = this.#journals.get(workspace)
    if (known !== undefined) return known
    const journal = await Journal.open(join(this.#directory, encodeURIComponent(workspace) + ENDING))
    this.#journals.set(workspace, journal)
    return journal
  }
}

/** Newer than what is there, or the same version otherwise said; a forget needs something to forget. */
function wins({ kind, id, version, ...more }: Write, { entries }: Journal): boolean {
  const held = entries.get(id)
  if (held === undefined) return kind !== 'forget'
  if (kind === 'put' && version === held.version) return held.deleted || (more as { hash: string }).hash !== held.hash
  return version > held.version || (version === held.version && !(kind === 'delete' && held.deleted))
}

function of<V>(all: ReadonlyMap<string, V>, key: string): readonly (readonly [string, V])[] {
  const value = all.get(key)
  return value === undefined ? [] : [[key, value]]
}

/** What the system refuses may be granted later (a full disk is emptied); anything else is a bug or a damaged file. */
function storeError(error: unknown, options: { readonly remaining: readonly Write[] }): unknown {
  const { code } = error as NodeJS.ErrnoException
  return code === undefined ? error : new StoreError(`The disk answers ${code}.`, { cause: error, ...options })
}
