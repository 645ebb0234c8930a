/**
 * The service without HTTP: namespaces by name and what the endpoints do to them. Tests may call it directly to look at or
 * prepare what is stored; every method is synchronous, so a request is atomic.
 */
import { namespaceNotFound, refused } from './api-error.ts'
import type { HardLimits, Throughput } from './limits.ts'
import { Backlog } from './limits.ts'
import type { Row } from './namespace.ts'
import { Namespace } from './namespace.ts'
import type { Answer, Body } from './query.ts'
import { runQuery } from './query.ts'
import { declare, showMetadataSchema, showSchema } from './schema.ts'
import { compareValues, showValue } from './value.ts'
import type { Written } from './write.ts'
import { applyWrite, metricOf } from './write.ts'
import { readWrite } from './write-request.ts'

const NOTHING: Written = { upserted: [], patched: [], deleted: [], skipped: 0, remaining: false, bytes: 0 }

export class Store {
  readonly #namespaces = new Map<string, Namespace>()
  readonly #backlogs = new Map<string, Backlog>()
  readonly #limits: HardLimits
  readonly #throughput: Throughput | null

  constructor(limits: HardLimits, throughput: Throughput | null) {
    this.#limits = limits
    this.#throughput = throughput
  }

  namespaces(): readonly string[] {
    return [...this.#namespaces.keys()].sort()
  }

  /** The namespace, or a 404. */
  namespace(name: string): Namespace {
    const namespace = this.#namespaces.get(name)
    if (!namespace) throw namespaceNotFound(name)
    return namespace
  }

  /** Every row by id, as a query with include_attributes would show it; [] for an unknown namespace. */
  rows(name: string): readonly Readonly<Record<string, unknown>>[] {
    const namespace = this.#namespaces.get(name)
    if (!namespace) return []
    return [...namespace.rows.values()].sort((a, b) => compareValues(a.id, b.id)).map((row) => shown(namespace, row))
  }

  write(name: string, body: Body, now = new Date()): Written {
    const existing = this.#namespaces.get(name)
    const source = body.copy_from_namespace ?? body.branch_from_namespace
    if (source !== undefined && source !== null) return this.#copy(name, source, body, now)
    const request = readWrite(body, existing, this.#limits)
    const creates = request.upserts.length > 0
    if (!existing && !creates) throw namespaceNotFound(name)
    const metric = metricOf(body, request, existing?.metric)
    const namespace = existing ?? new Namespace(name, request.idType, now)
    const written = applyWrite(namespace, request, body, this.#limits)
    namespace.schema = request.schema
    namespace.metric = metric
    namespace.updatedAt = now
    this.#namespaces.set(name, namespace)
    const rows = written.upserted.length + written.patched.length + written.deleted.length
    this.#backlog(name)?.add(now.getTime(), rows, written.bytes)
    return written
  }

  query(name: string, body: Body): Answer {
    return runQuery(this.namespace(name), body, this.#limits)
  }

  schema(name: string): Record<string, unknown> {
    const namespace = this.namespace(name)
    return showSchema(namespace.idType, namespace.schema)
  }

  updateSchema(name: string, body: Body): Record<string, unknown> {
    const namespace = this.namespace(name)
    const schema = new Map(namespace.schema)
    for (const [attribute, input] of Object.entries(body)) {
      if (attribute !== 'id') schema.set(attribute, declare(attribute, input, schema.get(attribute)))
    }
    namespace.schema = schema
    return this.schema(name)
  }

  metadata(name: string, now = Date.now()): Record<string, unknown> {
    const namespace = this.namespace(name)
    const unindexed = this.#backlog(name)?.unindexedBytes(now) ?? 0
    return {
      approx_row_count: namespace.rows.size,
      approx_logical_bytes: namespace.logicalBytes,
      created_at: namespace.createdAt.toISOString(),
      updated_at: namespace.updatedAt.toISOString(),
      last_write_at: namespace.updatedAt.toISOString(),
      encryption: { mode: 'default' },
      index: unindexed > 0 ? { status: 'updating', unindexed_bytes: unindexed } : { status: 'up-to-date' },
      schema: showMetadataSchema(namespace.idType, namespace.schema, namespace.metric),
    }
  }

  delete(name: string): void {
    this.namespace(name)
    this.#namespaces.delete(name)
    this.#backlogs.delete(name)
  }

  /** Too much waits to be indexed: a write now gets 429. `disable_backpressure` helps plain upserts and deletes only. */
  isFull(name: string, body: Body, now: number): boolean {
    const strict = [
      'patch_rows',
      'patch_columns',
      'patch_by_filter',
      'delete_by_filter',
      'upsert_condition',
      'delete_condition',
    ]
    if (body.disable_backpressure === true && !strict.some((key) => body[key] !== undefined)) return false
    return this.#backlog(name)?.isFull(now) ?? false
  }

  waitForLogEntry(name: string, now: number): number {
    return this.#backlog(name)?.waitForEntry(now) ?? 0
  }

  #backlog(name: string): Backlog | undefined {
    if (!this.#throughput) return undefined
    let backlog = this.#backlogs.get(name)
    if (!backlog) {
      backlog = new Backlog(this.#throughput)
      this.#backlogs.set(name, backlog)
    }
    return backlog
  }

  #copy(name: string, source: unknown, body: Body, now: Date): Written {
    const others = [
      'upsert_rows',
      'upsert_columns',
      'patch_rows',
      'patch_columns',
      'deletes',
      'schema',
      'patch_by_filter',
      'delete_by_filter',
    ]
    if (others.some((key) => body[key] !== undefined)) {
      throw refused('copy_from_namespace cannot be used with other write request fields')
    }
    const from = typeof source === 'object' ? (source as { source_namespace?: unknown }).source_namespace : source
    const origin = this.namespace(String(from))
    if (this.#namespaces.get(name)?.rows.size) throw refused(`namespace '${name}' must be empty to be copied into`)
    const copy = new Namespace(name, origin.idType, now)
    copy.schema = origin.schema
    copy.metric = origin.metric
    for (const row of origin.rows.values()) copy.put(row)
    this.#namespaces.set(name, copy)
    return { ...NOTHING, upserted: [...copy.rows.keys()], bytes: copy.logicalBytes }
  }
}

function shown(namespace: Namespace, row: Row): Record<string, unknown> {
  const values = Object.entries(row.values).map(([name, value]) => {
    const attribute = namespace.schema.get(name)
    return [name, attribute ? showValue(attribute.type, value, 'float') : value]
  })
  return { id: row.id, ...Object.fromEntries(values) }
}
