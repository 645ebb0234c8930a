/**
 * The reads a workspace may make, shared by every process that reads for it (Attio docs: rate limiting, 100 reads/s, lowered
 * at times; plus a sliding score shared with other apps). One counter per workspace in Postgres holds everybody below the
 * rate and, blocked, holds everybody back after a 429. Which error a 429 becomes is client.ts's decision.
 */
import type { Pool } from 'pg'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { pause, unlessAborted } from './pause.ts'

/** Live may use the whole rate; the others have a ceiling below it, so that updates never queue behind a walk (R13). */
export type Share = 'live' | 'backfill' | 'sweep'

export interface Rates {
  /** Reads per second of a workspace, all processes together. At most 80: windows of 250 ms then keep any second below 100. */
  readonly total: number
  readonly backfill: number
  readonly sweep: number
  /** Listing notes is limited to 10/s by Attio (changelog). */
  readonly notes: number
}
export const RATES: Rates = { total: 50, backfill: 25, sweep: 10, notes: 8 }
const MAX_TOTAL = 80

export interface Ticket {
  readonly share: Share
  /** Listing notes, which has a limit of its own. */
  readonly notes?: boolean
}

export interface Budget {
  /** Resolves when one request may be sent, at once. Throws the signal's reason when aborted. */
  take(ticket: Ticket, signal?: AbortSignal): Promise<void>
  /** Attio answered 429: nobody sends for `wait` ms, and each request costs twice as much from now on. */
  limited(wait: number): Promise<void>
  /** Attio answered: the cost of a request recovers a little. */
  passed(): void
}

/** No limit at all: for tests and benches against an emulator without limits. */
export const UNLIMITED: Budget = { take: async () => {}, limited: async () => {}, passed: () => {} }

const WINDOW = 0.25
/** A request's cost in points; a whole window's points are the rate times this. */
const UNIT = 100
const MAX_SLOWDOWN = 16
const RECOVERY = 0.05

type Limiter = Pick<RateLimiterAbstract, 'consume' | 'block' | 'get' | 'points'>
type Limiters = Readonly<Record<'total' | 'backfill' | 'sweep' | 'notes', Limiter>>

/** The budgets of all workspaces over one store. Keep one per process. */
export class Budgets {
  readonly #limiters: Limiters
  readonly #budgets = new Map<string, Budget>()

  private constructor(limiters: Limiters) {
    this.#limiters = limiters
  }

  /** For one process alone. */
  static inMemory(rates: Rates = RATES): Budgets {
    return new Budgets(limiters(rates, (options) => new RateLimiterMemory(options)))
  }

  /**
   * Shared through a table (created if missing). While Postgres does not answer, each process goes on with a quarter of the
   * rate by itself: slower, and still below Attio's limit for four processes.
   */
  static async inPostgres(
    pool: Pool,
    rates: Rates = RATES,
    place: { schema?: string; table?: string } = {},
  ): Promise<Budgets> {
    const tableName = place.table ?? 'attio_budget'
    const schemaName = place.schema ?? 'public'
    await new Promise<void>((resolve, reject) => {
      new RateLimiterPostgres(
        { storeClient: pool, storeType: 'pool', tableName, schemaName, points: 1, duration: 1 },
        (error) => (error ? reject(error) : resolve()),
      )
    })
    return new Budgets(
      limiters(rates, (options) => {
        const insuranceLimiter = new RateLimiterMemory({ ...options, points: Math.ceil(options.points / 4) })
        const store = { storeClient: pool, storeType: 'pool', tableName, schemaName, tableCreated: true }
        return new RateLimiterPostgres({ ...options, ...store, insuranceLimiter })
      }),
    )
  }

  of(workspace: string): Budget {
    let budget = this.#budgets.get(workspace)
    if (budget === undefined) {
      budget = new WorkspaceBudget(workspace, this.#limiters)
      this.#budgets.set(workspace, budget)
    }
    return budget
  }
}

function limiters(
  rates: Rates,
  make: (options: { keyPrefix: string; points: number; duration: number }) => Limiter,
): Limiters {
  const limiter = (name: string, rate: number): Limiter =>
    make({ keyPrefix: name, points: Math.max(UNIT, Math.round(rate * WINDOW * UNIT)), duration: WINDOW })
  return {
    total: limiter('attio-total', Math.min(rates.total, MAX_TOTAL)),
    backfill: limiter('attio-backfill', Math.min(rates.backfill, rates.total)),
    sweep: limiter('attio-sweep', Math.min(rates.sweep, rates.total)),
    notes: limiter('attio-notes', rates.notes),
  }
}

class WorkspaceBudget implements Budget {
  readonly #workspace: string
  readonly #limiters: Limiters
  /** One waiter of a line at a time asks the store; the others stand in line, so that waiting costs the store nothing. */
  readonly #lines = new Map<string, Promise<void>>()
  #slowdown = 1
  #closedUntil = 0
  #next = 0
  /** ms between two requests: a little less than the rate asks for, so that the rate can be reached. */
  readonly #spacing: number

  constructor(workspace: string, limiters: Limiters) {
    this.#workspace = workspace
    this.#limiters = limiters
    this.#spacing = (WINDOW * UNIT * 800) / limiters.total.points
  }

  async take(ticket: Ticket, signal?: AbortSignal): Promise<void> {
    const line = ticket.notes === true ? `${ticket.share}/notes` : ticket.share
    const before = this.#lines.get(line) ?? Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lines.set(
      line,
      before.then(() => promise),
    )
    try {
      await unlessAborted(before, signal)
      if (ticket.notes === true) await this.#consume(this.#limiters.notes, UNIT, signal)
      if (ticket.share !== 'live') await this.#consume(this.#limiters[ticket.share], UNIT, signal)
      await this.#consume(this.#limiters.total, Math.round(UNIT * this.#slowdown), signal)
      await this.#turn(signal)
    } finally {
      resolve()
    }
  }

  async limited(wait: number): Promise<void> {
    // Requests that were already on their way when the door closed are refused too; together they are one sign of overload.
    if (Date.now() >= this.#closedUntil) this.#slowdown = Math.min(MAX_SLOWDOWN, this.#slowdown * 2)
    const until = Date.now() + wait
    if (until <= this.#closedUntil) return
    this.#closedUntil = until
    const held = await this.#limiters.total.get(this.#workspace)
    const blocked = held !== null && held.consumedPoints > this.#limiters.total.points && held.msBeforeNext > wait
    // For the limiter 0 seconds and less are for ever.
    const left = Math.max(1, until - Date.now())
    if (!blocked) await this.#limiters.total.block(this.#workspace, left / 1000)
  }

  passed(): void {
    this.#slowdown = Math.max(1, this.#slowdown - RECOVERY)
  }

  /**
   * Requests of this process leave one by one, evenly: a burst would have many on their way when Attio says stop, and each
   * of them would arrive inside the window we were told to wait out.
   */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const at = Math.max(this.#closedUntil, this.#next)
      if (Date.now() < at) await pause(at - Date.now(), signal)
      else {
        this.#next = Date.now() + this.#spacing * this.#slowdown
        return
      }
    }
  }

  async #consume(limiter: Limiter, cost: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      try {
        await limiter.consume(this.#workspace, Math.min(cost, limiter.points))
        return
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        await pause(refused.msBeforeNext + 1 + Math.random() * 20, signal)
      }
    }
  }
}
