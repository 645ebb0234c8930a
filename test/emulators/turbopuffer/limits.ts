/**
 * The numbers of turbopuffer's limits page. Sizes of names, values and requests always hold; throughput (rows and bytes a
 * second, unindexed data, one log entry a second) only when the emulator is started with limits on.
 */
export const HARD_LIMITS = {
  requestBytes: 512 * 1024 * 1024,
  idBytes: 64,
  attributeNameBytes: 128,
  attributeNames: 1_024,
  valueBytes: 8 * 1024 * 1024,
  filterableValueBytes: 4 * 1024,
  documentBytes: 64 * 1024 * 1024,
  vectorColumns: 8,
  dimensions: 10_752,
  patchByFilterRows: 50_000,
  deleteByFilterRows: 5_000_000,
  results: 10_000,
  subQueries: 16,
  fullTextQueryLength: 8_192,
} as const
export type HardLimits = { readonly [K in keyof typeof HARD_LIMITS]: number }

export interface Throughput {
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  /** Upserts get 429 while more than this waits to be indexed. */
  readonly unindexedBytes: number
  readonly unindexedRows: number
  /** A namespace commits one log entry in this time; writes that arrive in between share the next one. */
  readonly logEntryMs: number
}
/** The production limits. Rows that may wait for indexing are not documented: as many as fill 2 GB at the two rates. */
export const PRODUCTION: Throughput = {
  rowsPerSecond: 10_000,
  bytesPerSecond: 32_000_000,
  unindexedBytes: 2_000_000_000,
  unindexedRows: 625_000,
  logEntryMs: 1_000,
}

/** What one namespace has taken in and not yet indexed, draining at the documented rates. */
export class Backlog {
  readonly #throughput: Throughput
  #rows = 0
  #bytes = 0
  #at = 0
  #nextEntryAt = 0

  constructor(throughput: Throughput) {
    this.#throughput = throughput
  }

  unindexedBytes(now: number): number {
    this.#drain(now)
    return Math.round(this.#bytes)
  }

  isFull(now: number): boolean {
    this.#drain(now)
    return this.#bytes > this.#throughput.unindexedBytes || this.#rows > this.#throughput.unindexedRows
  }

  add(now: number, rows: number, bytes: number): void {
    this.#drain(now)
    this.#rows += rows
    this.#bytes += bytes
  }

  /** How long a write arriving now waits for the log entry it goes into, ms. */
  waitForEntry(now: number): number {
    if (this.#nextEntryAt <= now - this.#throughput.logEntryMs) {
      this.#nextEntryAt = now
      return 0
    }
    if (this.#nextEntryAt <= now) this.#nextEntryAt += this.#throughput.logEntryMs
    return this.#nextEntryAt - now
  }

  #drain(now: number): void {
    const seconds = Math.max(0, now - this.#at) / 1000
    this.#rows = Math.max(0, this.#rows - seconds * this.#throughput.rowsPerSecond)
    this.#bytes = Math.max(0, this.#bytes - seconds * this.#throughput.bytesPerSecond)
    this.#at = now
  }
}
