/**
 * What goes wrong on demand: a status instead of an answer, an answer that comes late, a connection that breaks before the
 * request is applied or after it. Each fault says which requests it meets and how often.
 */
export type Operation =
  | 'write'
  | 'query'
  | 'metadata'
  | 'schema'
  | 'update_schema'
  | 'delete_namespace'
  | 'list_namespaces'
  | 'warm'

export type FaultKind =
  /** Answers with this status and does nothing. `retryAfter`: seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number | string; readonly error?: string }
  /** Does the work, then answers with this status. */
  | { readonly kind: 'status-after'; readonly status: number; readonly retryAfter?: number | string }
  | { readonly kind: 'slow'; readonly ms: number }
  /** The connection breaks before anything happened. */
  | { readonly kind: 'drop-before' }
  /** The connection breaks after the request was applied. */
  | { readonly kind: 'drop-after' }

export type Fault = FaultKind & {
  /** Which requests; all when left out. */
  readonly operation?: Operation
  /** Only namespaces whose name contains this. */
  readonly namespace?: string
  /** Only requests whose body contains this text. */
  readonly bodyContains?: string
  /** Lets this many matching requests pass first. */
  readonly skip?: number
  /** Meets this many requests, then is gone; for ever when left out. */
  readonly times?: number
}

export class Faults {
  #faults: { readonly fault: Fault; skip: number; left: number }[] = []

  add(fault: Fault): void {
    this.#faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#faults = []
  }

  list(): readonly Fault[] {
    return this.#faults.map(({ fault }) => fault)
  }

  /** The fault this request meets, if any; counts it. */
  meet(operation: Operation, namespace: string | undefined, body: () => string): Fault | undefined {
    for (const entry of this.#faults) {
      const { fault } = entry
      if (fault.operation && fault.operation !== operation) continue
      if (fault.namespace !== undefined && !namespace?.includes(fault.namespace)) continue
      if (fault.bodyContains !== undefined && !body().includes(fault.bodyContains)) continue
      if (entry.skip > 0) {
        entry.skip--
        continue
      }
      if (entry.left <= 0) continue
      entry.left--
      if (entry.left === 0) this.#faults = this.#faults.filter((each) => each !== entry)
      return fault
    }
    return undefined
  }
}
