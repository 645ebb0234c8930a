/**
 * Writes again exactly the documents that differ in one store, from the messages of crm.artifacts they should come from. It
 * goes through the Sink port like the live sink, so every write is guarded by its version: what the sink writes meanwhile wins.
 * What is in the way of a write (a higher version, another workspace) is forgotten first. When to do it is repair.ts's.
 */
import { TOPICS } from '@attio-stream/contracts'
import {
  type Difference,
  LIMITS,
  project,
  type Refusal,
  type Sink,
  type Source,
  StoreError,
  type Write,
} from '@attio-stream/sink'
import { partitionOf, retry, type StoredMessage } from '@attio-stream/stream'

const TOPIC = 'crm.artifacts'

export interface Rewritten {
  /** Documents and marks written again. */
  readonly written: number
  /** Documents and marks removed, to be written again or because crm.artifacts does not know them. */
  readonly forgotten: number
  /** Ids whose message is not in crm.artifacts any more: something newer came, which the sink writes. */
  readonly superseded: number
  /** What the store or the formatter refuses, a sentence each. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
}

export interface RewriteOptions extends Source {
  /** Whatever differs is removed first, for stores that ignore a write they believe to have. */
  readonly thorough: boolean
}

const ATTEMPTS = 8

export async function rewrite(
  sink: Sink,
  differences: readonly Difference[],
  options: RewriteOptions,
): Promise<Rewritten> {
  const { log, signal = new AbortController().signal } = options
  const refused: { readonly id: string; readonly reason: string }[] = []
  const write = async (writes: readonly Write[]): Promise<void> => {
    for (const { write: of, reason } of await writeAll(sink, writes, signal)) refused.push({ id: of.id, reason })
  }
  const count = await log.partitions(TOPIC)
  const forgets = differences.flatMap((one) => {
    const { id, held } = one
    if (held === null || !(options.thorough || isInTheWay(one))) return []
    return [{ kind: 'forget', id, ...held, partition: partitionOf(TOPICS[TOPIC], id, count) } satisfies Write]
  })
  // In calls of their own: what a forget removes must be gone before the same id is written again.
  for (let at = 0; at < forgets.length; at += LIMITS.documents) await write(forgets.slice(at, at + LIMITS.documents))

  const wanted = differences.filter(({ should }) => should !== null)
  const found = await readAgain(wanted, options, async (messages) => {
    const projections = messages.map((message) => ({
      id: message.key,
      ...project(message, options.codec, options.format),
    }))
    for (const one of projections) if (one.kind === 'rejected') refused.push({ id: one.id, reason: one.reason })
    await write(projections.flatMap((one) => (one.kind === 'write' ? [one.write] : [])))
  })
  return {
    written: found - refused.length,
    forgotten: forgets.length,
    superseded: wanted.length - found,
    refused,
  }
}

/** A write of the version there should be would do nothing. */
function isInTheWay({ kind, should, held }: Difference): boolean {
  return should === null || kind === 'misplaced' || (held !== null && held.version > should.version)
}

/** Hands over the messages the differences name, some at a time; gives how many there were. */
async function readAgain(
  wanted: readonly Difference[],
  { log, codec, signal }: Source,
  onMessages: (messages: readonly StoredMessage[]) => Promise<void>,
): Promise<number> {
  const offsets = new Map<number, Map<number, string>>()
  for (const { id, should } of wanted) {
    if (should === null) continue
    const { partition, version } = should
    const of = offsets.get(partition) ?? new Map<number, string>()
    offsets.set(partition, of.set(version, id))
  }
  let found = 0
  for (const [partition, keys] of offsets) {
    const last = Math.max(...keys.keys())
    const enough = new AbortController()
    const reader = log.read({
      topic: TOPIC,
      from: new Map([[partition, Math.min(...keys.keys())]]),
      until: 'end',
      signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
      onMessages: async (_, messages) => {
        const named = messages.filter(({ offset, key }) => keys.get(offset) === key)
        await codec.prepare(
          TOPIC,
          named.map(({ value }) => value),
        )
        for (const portion of portions(named)) await onMessages(portion)
        found += named.length
        if ((messages.at(-1)?.offset ?? 0) >= last) enough.abort()
      },
    })
    await reader.done
    signal?.throwIfAborted()
  }
  return found
}

/** As much as a sink takes in one call. */
function* portions(messages: readonly StoredMessage[]): Generator<readonly StoredMessage[]> {
  let portion: StoredMessage[] = []
  let bytes = 0
  for (const message of messages) {
    bytes += message.value?.length ?? 0
    if (portion.length > 0 && (portion.length === LIMITS.documents || bytes > LIMITS.bytes)) {
      yield portion
      portion = []
      bytes = message.value?.length ?? 0
    }
    portion.push(message)
  }
  if (portion.length > 0) yield portion
}

async function writeAll(sink: Sink, writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
  let left = writes
  if (left.length === 0) return []
  return await retry(
    async () => {
      try {
        return await sink.write(left, signal)
      } catch (error) {
        if (error instanceof StoreError) left = error.remaining ?? left
        throw error
      }
    },
    { attempts: ATTEMPTS, firstMs: 500, signal, mayHeal: (error) => error instanceof StoreError },
  )
}
