/**
 * An embedder behind any endpoint that speaks OpenAI's `POST …/embeddings`. Texts go in portions, a few at a time; a 429 or
 * 5xx is tried again after what the service asks for, a text that is refused alone is given up as null.
 */
import { backoffMs, sleep } from '@attio-stream/stream'
import { z } from 'zod'
import { type Embedder, EmbedderError, normalised } from './embedder.ts'

export interface RemoteOptions {
  /** Base URL up to and without /embeddings. */
  readonly url: string
  readonly model: string
  readonly apiKey?: string | undefined
  readonly dimensions: number
  /** Sends `dimensions`, for models that can shorten their vectors. */
  readonly askDimensions?: boolean
  readonly batchTexts?: number
  readonly batchCharacters?: number
  readonly concurrency?: number
  readonly timeoutMs?: number
  readonly attempts?: number
  /** Told of every answered request: what it costs. */
  readonly onPaid?: ((paid: Paid) => void) | undefined
}

/** What the service has worked for in one request. */
export interface Paid {
  readonly texts: number
  readonly characters: number
  /** As the service says it; 0 when it does not. */
  readonly tokens: number
}

const answer = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage: z.object({ total_tokens: z.number().optional() }).optional(),
})
/** The service will not take this portion, whatever is retried. */
class Refused extends Error {}

export function openAiCompatible(options: RemoteOptions): Embedder {
  const { batchTexts = 128, batchCharacters = 200_000, concurrency = 4 } = options
  return {
    model: options.model,
    dimensions: options.dimensions,
    embed: async (texts, signal) => {
      const found: (Float32Array | null)[] = texts.map(() => null)
      const waiting = portionsOf(texts, batchTexts, batchCharacters)
      const failure = new AbortController()
      const either = AbortSignal.any([signal, failure.signal])
      const hand = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift())
          await embedInto(found, texts, next, options, either)
      }
      try {
        await Promise.all(Array.from({ length: concurrency }, hand))
      } catch (error) {
        failure.abort(error)
        throw error
      }
      return found
    },
  }
}

function portionsOf(texts: readonly string[], most: number, mostCharacters: number): number[][] {
  const portions: number[][] = []
  let characters = 0
  for (const [i, text] of texts.entries()) {
    const last = portions.at(-1)
    characters += text.length
    if (last && last.length < most && characters <= mostCharacters) last.push(i)
    else {
      portions.push([i])
      characters = text.length
    }
  }
  return portions
}

/** Halves a refused portion until the texts that are to blame stand alone. */
async function embedInto(
  found: (Float32Array | null)[],
  texts: readonly string[],
  portion: readonly number[],
  options: RemoteOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const vectors = await ask(
      portion.map((i) => texts[i] as string),
      options,
      signal,
    )
    for (const [at, i] of portion.entries()) found[i] = vectors[at] as Float32Array
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (portion.length === 1) return
    const half = portion.length >> 1
    await embedInto(found, texts, portion.slice(0, half), options, signal)
    await embedInto(found, texts, portion.slice(half), options, signal)
  }
}

async function ask(
  input: readonly string[],
  options: RemoteOptions,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const { attempts = 3 } = options
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await once(input, options, signal)
    } catch (error) {
      if (!(error instanceof EmbedderError) || attempt + 1 >= attempts) throw error
      // A long wait is the loop's to make: it shows it and can be stopped.
      if ((error.retryAfterMs ?? 0) > 5_000) throw error
      await sleep(error.retryAfterMs ?? backoffMs(attempt, { firstMs: 250 }), signal)
    }
  }
}

async function once(
  input: readonly string[],
  options: RemoteOptions,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const { url, model, apiKey, dimensions, askDimensions = false, timeoutMs = 60_000 } = options
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
      body: JSON.stringify({ model, input, encoding_format: 'base64', ...(askDimensions ? { dimensions } : {}) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new EmbedderError(
      'The embeddings endpoint cannot be reached or did not answer in time; look at EMBEDDINGS_URL.',
      { cause },
    )
  }
  if (!response.ok) {
    await response.body?.cancel()
    const { status } = response
    if (status === 400 || status === 413 || status === 422) throw new Refused()
    const look =
      status === 401 || status === 403
        ? 'EMBEDDINGS_API_KEY'
        : status === 404
          ? 'EMBEDDINGS_URL and EMBEDDINGS_MODEL'
          : 'the service'
    throw new EmbedderError(`The embeddings endpoint answered ${status}; look at ${look}.`, {
      retryAfterMs: retryAfterMs(response),
    })
  }
  const body = answer.safeParse(await response.json().catch(() => undefined))
  if (!body.success || body.data.data.length !== input.length) {
    throw new EmbedderError(
      'The embeddings endpoint did not answer with one embedding per text; does it speak OpenAI’s API?',
    )
  }
  const characters = input.reduce((sum, text) => sum + text.length, 0)
  options.onPaid?.({ texts: input.length, characters, tokens: body.data.usage?.total_tokens ?? 0 })
  const vectors = body.data.data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => vectorOf(embedding))
  const other = vectors.find((vector) => vector.length !== dimensions)
  if (other)
    throw new Error(
      `The embedding model gives ${other.length} dimensions, but EMBEDDINGS_DIMENSIONS says ${dimensions}.`,
    )
  return vectors.map(normalised)
}

function vectorOf(embedding: string | readonly number[]): Float32Array {
  if (typeof embedding !== 'string') return Float32Array.from(embedding)
  return new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer)
}

function retryAfterMs({ headers }: Response): number | undefined {
  const header = headers.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
