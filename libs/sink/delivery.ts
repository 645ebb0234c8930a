/**
 * One batch from lanes to durable: formatted, written, its refusals buried and acknowledged, its offsets committed, in that
 * order. What of it belongs to lanes that ended meanwhile is neither written again nor committed.
 */
import { type Breaker, type Codec, type GroupMember, isBug, type Log, type StoredMessage } from '@attio-stream/stream'
import { type Batch, contentsOf } from './batch.ts'
import { type Burial, bury } from './burial.ts'
import type { Hand } from './hands.ts'
import type { Meter } from './meter.ts'
import { messageOf, type Patience } from './patience.ts'
import type { Format } from './projection.ts'
import { type Refusal, type Sink, StoreError, type Write } from './sink.ts'

/** What a sink needs of the codec. */
export type SinkCodec = Pick<Codec, 'encode' | 'decode' | 'prepare'>

export interface DeliveryOptions {
  readonly sink: Sink
  readonly log: Log
  readonly codec: SinkCodec
  readonly format: Format
  readonly member: Promise<GroupMember>
  readonly breaker: Breaker
  /** Told what the store makes of it. */
  readonly hand: Hand
  readonly meter: Meter
  readonly patience: Patience
  readonly topic: string
  readonly now: () => number
  /** Told of every buried message. */
  readonly buried: (burial: Burial) => void
  /** Ends store calls. */
  readonly abort: AbortSignal
}

export type Outcome = { readonly kind: 'committed' } | { readonly kind: 'tripped'; readonly reason: string }

/** Throws what stops the sink: bugs, and a dead letter that could not be written. */
export async function deliver(batch: Batch, options: DeliveryOptions): Promise<Outcome> {
  const { codec, patience, meter, breaker, now } = options
  const began = now()
  const messages = batch.flatMap((part) => part.messages)
  await patience.until(
    'The schema registry cannot be read',
    () =>
      codec.prepare(
        'crm.artifacts',
        messages.map(({ value }) => value),
      ),
    { mayHeal: (error) => !isBug(error), owner: batch },
  )
  const { writes, rejections } = contentsOf(batch, codec, options.format)
  const { refusals, attempts } = await write(batch, writes, options)
  const durable = now()
  patience.over(batch)
  const failed = refusals.length + rejections.length
  if (breaker.trips(writes.length + rejections.length, failed))
    return { kind: 'tripped', reason: refusals[0]?.reason ?? rejections[0]?.reason ?? '' }

  const burials = [
    ...rejections.map((rejection) => ({
      ...rejection,
      workspace: rejection.message.headers.workspace ?? null,
      attempts: 1,
    })),
    ...refusals.map((refusal) => burialOf(refusal, messages, attempts)),
  ].filter(({ message }) => batch.some(({ lane }) => lane.partition === message.partition && !lane.ended))
  const { log, sink } = options
  await bury(burials, { log, codec, stage: `sink-${sink.name}`, now })
  burials.forEach(options.buried)
  breaker.saw(writes.length + rejections.length, failed)
  for (const { fault } of burials) meter.buried(`sink-${sink.name}`, fault)
  await commit(batch, options)

  const refused = new Set(refusals.map((refusal) => refusal.write))
  for (const done of writes) if (!refused.has(done)) meter.written(done.kind, 1)
  for (const { timestamp } of messages) if (timestamp > 0) meter.fresh(durable - timestamp)
  meter.batch(messages.length, (durable - began) / 1000)
  return { kind: 'committed' }
}

async function write(
  batch: Batch,
  all: readonly Write[],
  { sink, abort, hand, meter, patience }: DeliveryOptions,
): Promise<{ refusals: readonly Refusal[]; attempts: number }> {
  const lanes = new Map(batch.map(({ lane }) => [lane.partition, lane]))
  let writes = all
  for (let attempt = 0; ; attempt++) {
    writes = writes.filter((write) => lanes.get(write.partition)?.ended === false)
    if (writes.length === 0) return { refusals: [], attempts: attempt }
    try {
      const refusals = await sink.write(writes, abort)
      hand.took()
      return { refusals, attempts: attempt + 1 }
    } catch (error) {
      abort.throwIfAborted()
      if (!(error instanceof StoreError)) throw error
      writes = error.remaining ?? writes
      if (error.busy) hand.asked()
      meter.retried()
      const trouble = `The store of ${sink.name} cannot be written: ${error.message}`
      await patience.wait(batch, trouble, attempt, error.retryAfterMs)
    }
  }
}

async function commit(batch: Batch, { topic, member, patience, sink }: DeliveryOptions): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const offsets = batch.flatMap(({ lane, messages }) => {
      const last = messages.at(-1)
      return lane.ended || last === undefined ? [] : [{ topic, partition: lane.partition, offset: last.offset + 1 }]
    })
    if (offsets.length === 0) return
    try {
      await (await member).commit(offsets)
      return
    } catch (error) {
      if (isBug(error)) throw error
      await patience.wait(batch, `Offsets of ${sink.name} cannot be committed: ${messageOf(error)}`, attempt)
    }
  }
}

function burialOf({ write, reason }: Refusal, messages: readonly StoredMessage[], attempts: number): Burial {
  const message = messages.find((one) => one.partition === write.partition && one.offset === write.version)
  if (message === undefined) throw new TypeError(`The store refused ${write.id}, which was not in the batch.`)
  return { message, reason, fault: 'refused', workspace: write.workspace, attempts }
}
