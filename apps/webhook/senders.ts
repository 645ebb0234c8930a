/**
 * Which connection a URL belongs to. Known ones cost nothing; one not known yet is looked for in the database at once, so
 * that a new workspace's first delivery is not refused, and strangers' guesses are limited so that they cannot keep the
 * database busy.
 */
import type { Connection } from '@attio-stream/service'
import type { Sender } from './delivery.ts'

/** What this needs of a connection. */
export type KnownConnection = Pick<Connection, 'key' | 'workspaceId' | 'status' | 'webhook'>

/** `unready`: it may exist but cannot be checked now (no secret yet, or no database): Attio tries again. */
export type Found =
  | { readonly kind: 'sender'; readonly sender: Sender }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unready' }

export interface SendersOptions {
  readonly cached: (key: string) => KnownConnection | undefined
  /** Asks the database. */
  readonly lookUp: (key: string) => Promise<KnownConnection | undefined>
  /** Look-ups a second, all strangers together. */
  readonly lookUpsPerSecond?: number
  readonly now?: () => number
}

const KEY = /^[A-Za-z0-9_-]{8,128}$/

export class Senders {
  readonly #options: Required<SendersOptions>
  readonly #missing = new Map<string, number>()
  #second = 0
  #lookUps = 0

  constructor(options: SendersOptions) {
    this.#options = { lookUpsPerSecond: 20, now: Date.now, ...options }
  }

  find(key: string): Found | Promise<Found> {
    if (!KEY.test(key)) return { kind: 'unknown' }
    const cached = this.#options.cached(key)
    const sender = cached === undefined ? undefined : senderOf(cached)
    return sender === undefined ? this.refresh(key) : { kind: 'sender', sender }
  }

  /** Asks the database, for what is not in memory or may be old (a secret that does not fit). */
  async refresh(key: string): Promise<Found> {
    const now = this.#options.now()
    if ((this.#missing.get(key) ?? 0) > now) return { kind: 'unknown' }
    if (!this.#mayLookUp(now))
      return this.#options.cached(key) === undefined ? { kind: 'unknown' } : { kind: 'unready' }
    try {
      const connection = await this.#options.lookUp(key)
      if (connection === undefined || connection.status === 'disconnected') {
        this.#remember(key, now)
        return { kind: 'unknown' }
      }
      const sender = senderOf(connection)
      return sender === undefined ? { kind: 'unready' } : { kind: 'sender', sender }
    } catch {
      return { kind: 'unready' }
    }
  }

  #mayLookUp(now: number): boolean {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#lookUps = 0
    }
    this.#lookUps += 1
    return this.#lookUps <= this.#options.lookUpsPerSecond
  }

  /** For a second: long enough against a flood, short enough for a workspace that is being connected. */
  #remember(key: string, now: number): void {
    if (this.#missing.size > 10_000) this.#missing.clear()
    this.#missing.set(key, now + 1000)
  }
}

function senderOf({ workspaceId, webhook, status }: KnownConnection): Sender | undefined {
  return webhook === null || status === 'disconnected' ? undefined : { workspaceId, secret: webhook.secret }
}
