/**
 * What crm.records and crm.children say of one workspace: the newest state of every thing, read once and brought up to date
 * as often as asked. Some 300 bytes a thing; no bodies.
 */
import type { ChildContent } from '@attio-stream/crm'
import type { Codec, Log } from '@attio-stream/stream'
import type { ThingKind } from './everything.ts'

export interface KnownThing {
  readonly kind: ThingKind
  readonly hash: string
  readonly deleted: boolean
  /** At least: a later read of the same content is not written to the topic. */
  readonly fence: number
  /** Of a record: its object. Of an entry: its list. Else ''. */
  readonly home: string
  /** Record ids it is filed under. */
  readonly parents: readonly string[]
}

export interface KnownOptions {
  readonly log: Log
  readonly codec: Codec
  readonly workspace: string
  readonly signal?: AbortSignal
}

const TOPICS = ['crm.records', 'crm.children'] as const

export class Known {
  readonly things = new Map<string, KnownThing>()
  readonly #options: KnownOptions
  /** Per topic and partition: offset after the last message read. */
  readonly #read = new Map<string, number[]>()
  readonly #texts = new Map<string, string>()

  constructor(options: KnownOptions) {
    this.#options = options
  }

  /** Reads on to the end there is now. */
  async update(): Promise<void> {
    const { log, signal } = this.#options
    for (const topic of TOPICS) {
      const read = this.#read.get(topic) ?? [...(await log.beginnings(topic))]
      this.#read.set(topic, read)
      const from = new Map(read.entries())
      const onMessages = async (
        partition: number,
        messages: Parameters<Parameters<Log['read']>[0]['onMessages']>[1],
      ) => {
        const own = messages.filter(({ value, headers, key }) =>
          value === null ? this.things.has(key) : this.#isOwn(headers),
        )
        await this.#options.codec.prepare(
          topic,
          own.map(({ value }) => value),
        )
        for (const { key, value } of own) this.#take(topic, key, value)
        read[partition] = (messages.at(-1)?.offset ?? -1) + 1
      }
      await log.read({ topic, from, until: 'end', onMessages, ...(signal === undefined ? {} : { signal }) }).done
      signal?.throwIfAborted()
    }
  }

  #isOwn({ workspace }: Readonly<Record<string, string>>): boolean {
    return workspace === undefined || workspace === this.#options.workspace
  }

  #take(topic: (typeof TOPICS)[number], key: string, value: Buffer | null): void {
    if (value === null) {
      this.things.delete(key)
      return
    }
    const { codec, workspace } = this.#options
    if (topic === 'crm.records') {
      const { workspace_id, object_id, fence, hash, deleted } = codec.decode(topic, value)
      if (workspace_id !== workspace) return
      this.things.set(key, { kind: 'record', hash, deleted, fence, home: this.#once(object_id), parents: NONE })
      return
    }
    const { workspace_id, kind, fence, hash, deleted, parents, body } = codec.decode(topic, value)
    if (workspace_id !== workspace) return
    const list = kind === 'entry' && body !== null ? (JSON.parse(body) as ChildContent & { list: string }).list : ''
    const home = this.#once(deleted ? (this.things.get(key)?.home ?? '') : list)
    this.things.set(key, {
      kind: kind as ThingKind,
      hash,
      deleted,
      fence,
      home,
      parents: parents.length > 0 ? parents : NONE,
    })
  }

  /** The same text, once in memory. */
  #once(text: string): string {
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }
}

const NONE: readonly string[] = []
