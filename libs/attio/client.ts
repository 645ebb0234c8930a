/**
 * One workspace's line to Attio: fetch with a deadline, the workspace's budget before every attempt, and answers that carry
 * the fence of the attempt that got them. Tries again what may heal; everything else is an AttioError of a kind.
 * Which calls exist is reads.ts's and webhooks.ts's.
 */
import { type Budget, type Share, UNLIMITED } from './budget.ts'
import { AttioClock } from './clock.ts'
import { AttioError, codeOf, isAttioError, kindOf } from './error.ts'
import { pause } from './pause.ts'
import { parseRetryAfter } from './retry-after.ts'

export const ATTIO_API_URL = 'https://api.attio.com'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The path with its parameters named: goes into errors and metrics. */
  readonly route: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  /** May it be sent twice? True for reads, POSTed queries included. */
  readonly repeatable: boolean
  /** Listing notes has a limit of its own. */
  readonly notes?: boolean
}

export interface Answer {
  readonly status: number
  /** The body as Attio sent it. */
  readonly text: string
  /** The body, parsed. */
  readonly json: unknown
  /** When this attempt was SENT, ms, in Attio's clock. */
  readonly fence: number
  /** X-Attio-Record-Query-Score, on queries. */
  readonly score: number | null
}

/** Told of every attempt: for metrics. status 0 = no answer. */
export type CallObserver = (call: {
  readonly route: string
  readonly status: number
  readonly ms: number
  readonly score: number | null
}) => void

export interface ClientOptions {
  readonly token: string
  readonly baseUrl?: string
  /** One per process and base URL, shared by the clients of all workspaces. */
  readonly clock?: AttioClock
  readonly budget?: Budget
  readonly share?: Share
  /** ms for one attempt, body included. */
  readonly timeout?: number
  /** Further attempts after `unavailable`. */
  readonly retries?: number
  /** 429 in a row for one call before it is given up. */
  readonly patience?: number
  readonly observe?: CallObserver
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

const FIRST_BACKOFF = 250
const MAX_BACKOFF = 8000

export class AttioClient {
  readonly clock: AttioClock
  readonly #options: ClientOptions
  readonly #budget: Budget
  readonly #base: string
  /** Calls of this client that passed; tells "the workspace is over its limit" from "this query is". */
  #passed = 0

  constructor(options: ClientOptions) {
    this.#options = options
    this.clock = options.clock ?? new AttioClock()
    this.#budget = options.budget ?? UNLIMITED
    this.#base = (options.baseUrl ?? ATTIO_API_URL).replace(/\/+$/, '')
  }

  /** The same line for another share of the budget. */
  for(share: Share): AttioClient {
    return new AttioClient({ ...this.#options, clock: this.clock, share })
  }

  /** @throws AttioError, or the signal's reason when aborted. */
  async call(call: Call, { signal }: CallOptions = {}): Promise<Answer> {
    const { retries = 4, patience = 8 } = this.#options
    const passedBefore = this.#passed
    let failures = 0
    let refusals = 0
    for (;;) {
      await this.#budget.take({ share: this.#options.share ?? 'live', notes: call.notes === true }, signal)
      try {
        const answer = await this.#attempt(call, signal)
        this.#passed += 1
        this.#budget.passed()
        return answer
      } catch (error) {
        if (isAttioError(error, 'rate-limited')) {
          refusals += 1
          await this.#budget.limited(jitter(error.retryAfter ?? 1000))
          if (refusals >= patience) throw exhausted(call, error, this.#passed > passedBefore)
          continue
        }
        failures += 1
        if (!isAttioError(error, 'unavailable') || !call.repeatable || failures > retries) throw error
        await pause(backoff(failures), signal)
      }
    }
  }

  async #attempt(call: Call, signal: AbortSignal | undefined): Promise<Answer> {
    const deadline = AbortSignal.timeout(this.#options.timeout ?? 30_000)
    const sent = this.clock.now()
    let status = 0
    let score: number | null = null
    try {
      const response = await fetch(this.#url(call), {
        method: call.method,
        headers: this.#headers(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        redirect: 'error',
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      })
      const arrived = this.clock.now()
      status = response.status
      score = scoreOf(response)
      this.clock.sample(sent, arrived, response.headers.get('date'))
      const text = await response.text()
      const json = parse(text)
      if (!response.ok) throw this.#refused(call, response, json, this.clock.fence(sent))
      if (json === undefined && status !== 204) throw new AttioError('unavailable', { route: name(call), status })
      return { status, text, json, fence: this.clock.fence(sent), score }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof AttioError) throw error
      throw new AttioError('unavailable', { route: name(call), cause: error, ...(status === 0 ? {} : { status }) })
    } finally {
      this.#options.observe?.({ route: name(call), status, ms: this.clock.now() - sent, score })
    }
  }

  #refused(call: Call, response: Response, json: unknown, fence: number): AttioError {
    const kind = kindOf(response.status, json)
    const code = codeOf(json)
    const execution = response.headers.get('x-attio-execution-id')
    return new AttioError(kind, {
      route: name(call),
      status: response.status,
      fence,
      ...(code === undefined ? {} : { code }),
      ...(execution === null ? {} : { execution }),
      ...(kind === 'rate-limited' ? { retryAfter: this.#retryAfter(response) } : {}),
    })
  }

  #retryAfter(response: Response): number {
    const { headers } = response
    const now = this.clock.now() + this.clock.offset
    return parseRetryAfter({ header: headers.get('retry-after'), date: headers.get('date'), now })
  }

  #url(call: Call): string {
    const query = Object.entries(call.query ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
    )
    return `${this.#base}${call.path}${query.length === 0 ? '' : `?${query.join('&')}`}`
  }

  #headers(call: Call): Record<string, string> {
    const json: Record<string, string> = call.body === undefined ? {} : { 'content-type': 'application/json' }
    return { ...json, accept: 'application/json', authorization: `Bearer ${this.#options.token}` }
  }
}

function name(call: Call): string {
  return `${call.method} ${call.route}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function scoreOf(response: Response): number | null {
  const score = Number(response.headers.get('x-attio-record-query-score') ?? Number.NaN)
  return Number.isNaN(score) ? null : score
}

/** Attio docs: a query over the per-query cap is refused every time; if other calls passed meanwhile, it is this query. */
function exhausted(call: Call, error: AttioError, othersPassed: boolean): AttioError {
  const query = call.route.endsWith('/query')
  if (!query || !othersPassed) return error
  return new AttioError('query-too-expensive', { route: error.route, status: 429, cause: error })
}

function jitter(ms: number): number {
  return ms + 10 + Math.random() * Math.min(1000, ms * 0.2)
}

function backoff(failures: number): number {
  const ceiling = Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** (failures - 1))
  return ceiling / 2 + (Math.random() * ceiling) / 2
}
