/**
 * Values as bytes: Avro in Confluent's wire format (0x00, schema id as 4 bytes, body). Decoding always uses our own schema
 * through one cached resolver per topic and writer. Schemas are looked up here; registering them is apps/provision's job.
 */
import type { TopicName, TopicValues } from '@attio-stream/contracts'
import { TOPIC_NAMES } from '@attio-stream/contracts'
import avsc from 'avsc'
import { DecodeError } from './errors.ts'
import { memorySchemas, registrySchemas } from './registry.ts'
import { schemaOf } from './schemas.ts'

export interface Codec {
  /** Throws TypeError when the value does not fit the schema: a bug of the writer. */
  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Buffer
  /** Throws DecodeError for bytes that can never be read, and for writers `prepare` was not asked about. */
  decode<T extends TopicName>(topic: T, bytes: Uint8Array): TopicValues[T]
  /** Fetches the writers' schemas of these bytes that are not known yet. Throws when the registry is away: try again. */
  prepare(topic: TopicName, values: Iterable<Uint8Array | null>): Promise<void>
  /** Ids of the schemas this topic's values were written with, as far as met. */
  writers(topic: TopicName): readonly number[]
  prepareWriters(topic: TopicName, ids: readonly number[]): Promise<void>
}

/** Where schema ids come from. `schema` gives undefined for an id nobody registered. */
export interface SchemaSource {
  id(topic: TopicName): Promise<number>
  schema(id: number): Promise<avsc.Schema | undefined>
}

export type CodecOptions = { readonly registryUrl: string } | { readonly memory: true }

type Plan = { readonly type: avsc.Type; readonly resolver: avsc.Resolver | undefined } | { readonly broken: string }
const HEADER = 5

/** Looks up the id of every topic's schema; throws when one is not registered, or the registry is away. */
export async function openCodec(options: CodecOptions): Promise<Codec> {
  const source = 'memory' in options ? memorySchemas() : registrySchemas(options.registryUrl)
  const ids = new Map<TopicName, number>()
  for (const topic of TOPIC_NAMES) ids.set(topic, await source.id(topic))
  return new AvroCodec(source, ids)
}

/** A codec with fixed ids and without a registry, for tests and simulations. */
export function memoryCodec(): Codec {
  return new AvroCodec(memorySchemas(), new Map(TOPIC_NAMES.map((topic, index) => [topic, index + 1])))
}

class AvroCodec implements Codec {
  readonly #source: SchemaSource
  readonly #writers = new Map<TopicName, { readonly id: number; readonly type: avsc.Type }>()
  readonly #plans = new Map<TopicName, Map<number, Plan>>()
  #scratch = Buffer.allocUnsafe(64 * 1024)

  constructor(source: SchemaSource, ids: ReadonlyMap<TopicName, number>) {
    this.#source = source
    for (const [topic, id] of ids) {
      const type = avsc.Type.forSchema(schemaOf(topic))
      this.#writers.set(topic, { id, type })
      this.#plans.set(topic, new Map([[id, { type, resolver: undefined }]]))
    }
  }

  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Buffer {
    const { id, type } = this.#writer(topic)
    let end: number
    try {
      end = type.encode(value, this.#scratch, HEADER)
      if (end < 0) {
        this.#scratch = Buffer.allocUnsafe(Math.max(this.#scratch.length * 2, (this.#scratch.length - end) * 2))
        end = type.encode(value, this.#scratch, HEADER)
      }
    } catch {
      // avsc's message quotes the value; the path alone says enough.
      const paths: string[] = []
      type.isValid(value, { errorHook: (path) => void paths.push(path.join('.')) })
      throw new TypeError(`A value for ${topic} does not fit its schema at: ${paths.join(', ')}`)
    }
    this.#scratch[0] = 0
    this.#scratch.writeInt32BE(id, 1)
    return Buffer.from(this.#scratch.subarray(0, end))
  }

  decode<T extends TopicName>(topic: T, bytes: Uint8Array): TopicValues[T] {
    const id = writerId(bytes)
    if (id === undefined) throw new DecodeError(topic, `The value does not begin with a schema id (topic ${topic}).`)
    const plan = this.#plans.get(topic)?.get(id)
    if (plan === undefined) throw new DecodeError(topic, `Schema ${id} has not been prepared (topic ${topic}).`)
    if ('broken' in plan) throw new DecodeError(topic, plan.broken)
    try {
      const whole = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const { value, offset } = plan.type.decode(whole, HEADER, plan.resolver)
      if (offset !== bytes.length) throw new RangeError(offset < 0 ? 'truncated' : 'trailing data')
      // avsc gives instances of a class it generates; everyone else wants plain objects.
      return { ...value }
    } catch (cause) {
      throw new DecodeError(topic, `The value is not what schema ${id} says (topic ${topic}).`, { cause })
    }
  }

  async prepare(topic: TopicName, values: Iterable<Uint8Array | null>): Promise<void> {
    const plans = this.#plans.get(topic)
    if (plans === undefined) throw new TypeError(`No schema for topic ${topic}`)
    let last = -1
    for (const bytes of values) {
      const id = bytes === null ? undefined : writerId(bytes)
      if (id === undefined || id === last) continue
      last = id
      if (!plans.has(id)) plans.set(id, await this.#plan(topic, id))
    }
  }

  writers(topic: TopicName): readonly number[] {
    return [...(this.#plans.get(topic)?.keys() ?? [])]
  }

  async prepareWriters(topic: TopicName, ids: readonly number[]): Promise<void> {
    const plans = this.#plans.get(topic)
    for (const id of ids) if (plans !== undefined && !plans.has(id)) plans.set(id, await this.#plan(topic, id))
  }

  async #plan(topic: TopicName, id: number): Promise<Plan> {
    const schema = await this.#source.schema(id)
    if (schema === undefined) return { broken: `Schema ${id} is not in the registry (topic ${topic}).` }
    const { type } = this.#writer(topic)
    try {
      return { type, resolver: type.createResolver(avsc.Type.forSchema(schema)) }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      return { broken: `Schema ${id} cannot be read as ${topic}: ${why}` }
    }
  }

  #writer(topic: TopicName) {
    const writer = this.#writers.get(topic)
    if (writer === undefined) throw new TypeError(`No schema for topic ${topic}`)
    return writer
  }
}

function writerId(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER || bytes[0] !== 0) return undefined
  const [, a, b, c, d] = bytes as unknown as readonly [number, number, number, number, number]
  return (a << 24) | (b << 16) | (c << 8) | d
}
