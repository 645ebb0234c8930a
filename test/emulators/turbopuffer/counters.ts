/** What the emulator has seen, for tests and benches: requests by operation and status, rows and bytes written. */
export interface CounterValues {
  readonly requests: Readonly<Record<string, number>>
  readonly rowsUpserted: number
  readonly rowsPatched: number
  readonly rowsDeleted: number
  readonly rowsSkipped: number
  readonly requestBytes: number
  /** Requests that came before the time a Retry-After of ours had asked for. */
  readonly insideRetryAfter: number
}

export class Counters {
  #requests: Record<string, number> = {}
  #rows = { upserted: 0, patched: 0, deleted: 0, skipped: 0 }
  #bytes = 0
  #inside = 0
  #notBefore = 0

  request(operation: string, bytes: number, now: number): void {
    this.#bump(operation)
    this.#bytes += bytes
    if (now < this.#notBefore) this.#inside++
  }

  status(operation: string, status: number): void {
    this.#bump(`${operation} ${status}`)
  }

  retryAfter(until: number): void {
    this.#notBefore = Math.max(this.#notBefore, until)
  }

  written(upserted: number, patched: number, deleted: number, skipped: number): void {
    const rows = this.#rows
    this.#rows = {
      upserted: rows.upserted + upserted,
      patched: rows.patched + patched,
      deleted: rows.deleted + deleted,
      skipped: rows.skipped + skipped,
    }
  }

  values(): CounterValues {
    return {
      requests: { ...this.#requests },
      rowsUpserted: this.#rows.upserted,
      rowsPatched: this.#rows.patched,
      rowsDeleted: this.#rows.deleted,
      rowsSkipped: this.#rows.skipped,
      requestBytes: this.#bytes,
      insideRetryAfter: this.#inside,
    }
  }

  reset(): void {
    this.#requests = {}
    this.#rows = { upserted: 0, patched: 0, deleted: 0, skipped: 0 }
    this.#bytes = 0
    this.#inside = 0
  }

  #bump(key: string): void {
    this.#requests[key] = (this.#requests[key] ?? 0) + 1
  }
}
