/** What has been asked of the emulator, and what it has sent: the evidence tests and benchmarks read. */

export interface CounterValues {
  /** Requests to /v2 and /oauth, by "METHOD /template". */
  readonly calls: Record<string, number>
  readonly status: Record<string, number>
  readonly requests: number
  /** Requests a token made before the Retry-After it had been given was over. */
  readonly violations: Record<string, number>
  readonly limited: number
  readonly faults: Record<string, number>
  readonly deliveries: {
    messages: number
    attempts: number
    acked: number
    refused: number
    dropped: number
    lost: number
  }
}

const empty = (): CounterValues & { requests: number; limited: number } => ({
  calls: {},
  status: {},
  requests: 0,
  violations: {},
  limited: 0,
  faults: {},
  deliveries: { messages: 0, attempts: 0, acked: 0, refused: 0, dropped: 0, lost: 0 },
})

export class Counters {
  #values = empty()
  #waiting = new Map<string, number>()

  get values(): CounterValues {
    return this.#values
  }

  reset(): void {
    this.#values = empty()
  }

  call(template: string): void {
    this.#values.requests++
    this.#values.calls[template] = (this.#values.calls[template] ?? 0) + 1
  }

  answered(status: number): void {
    this.#values.status[status] = (this.#values.status[status] ?? 0) + 1
  }

  fault(kind: string): void {
    this.#values.faults[kind] = (this.#values.faults[kind] ?? 0) + 1
  }

  /** Notes a request by a token; it is a violation inside a window it was told to wait out. */
  arrived(tokenId: string, now: number): void {
    const until = this.#waiting.get(tokenId)
    if (until === undefined) return
    if (now < until) this.#values.violations[tokenId] = (this.#values.violations[tokenId] ?? 0) + 1
    else this.#waiting.delete(tokenId)
  }

  /** A token was answered 429 and told to come back at `until`. */
  told(tokenId: string, until: number): void {
    this.#values.limited++
    this.#waiting.set(tokenId, Math.max(until, this.#waiting.get(tokenId) ?? 0))
  }

  get totalViolations(): number {
    return Object.values(this.#values.violations).reduce((sum, count) => sum + count, 0)
  }
}
