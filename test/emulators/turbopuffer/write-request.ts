/**
 * The body of a write, read into operations: rows and columns become one list, ids are of the namespace's kind and appear
 * once, values fit the schema (declared, known or inferred) and the size limits. Nothing is changed here.
 */
import { malformed, refused } from './api-error.ts'
import type { HardLimits } from './limits.ts'
import type { IdType, Namespace, Row } from './namespace.ts'
import { rowOf } from './namespace.ts'
import type { Attribute, Schema } from './schema.ts'
import { attributeOf, checkNames, declare } from './schema.ts'
import type { Id, Value } from './value.ts'
import { inferType, largestElementBytes, parseType, readUuid, readValue, typeName, valueBytes } from './value.ts'

export interface WriteRequest {
  readonly idType: IdType
  readonly schema: Schema
  readonly upserts: readonly Row[]
  readonly patches: readonly Row[]
  readonly deletes: readonly Id[]
  /** For patch_by_filter. */
  readonly patch: Readonly<Record<string, Value>> | null
}
type Fields = Readonly<Record<string, unknown>>

export function readWrite(body: Fields, namespace: Namespace | undefined, limits: HardLimits): WriteRequest {
  const rawUpserts = [...rowsOf(body, 'upsert_rows'), ...columnsOf(body, 'upsert_columns')]
  const rawPatches = [...rowsOf(body, 'patch_rows'), ...columnsOf(body, 'patch_columns')]
  const rawDeletes = deletesOf(body)
  const declared = schemaOf(body)
  const idType = idTypeOf(
    declared.id,
    namespace,
    [...rawUpserts, ...rawPatches].map((row) => row.id).concat(rawDeletes),
  )
  const schema = new Map<string, Attribute>(namespace?.schema)
  for (const [name, input] of Object.entries(declared)) {
    if (name !== 'id') schema.set(name, declare(name, input, schema.get(name)))
  }
  const patchFields = patchOf(body)
  const patchedFields = patchFields ? [...rawPatches, patchFields] : rawPatches
  for (const fields of patchedFields) {
    for (const name of Object.keys(fields)) {
      if (name === 'vector' || schema.get(name)?.type.kind === 'vector')
        throw refused('patching vectors is currently unsupported')
    }
  }
  infer(schema, rawUpserts, namespace)
  infer(schema, patchedFields, namespace)
  checkNames(schema, limits)

  const seen = new Set<Id>()
  const duplicates: Id[] = []
  const readId = (raw: unknown, path: string): Id => {
    const id = idOf(raw, idType, path, limits)
    if (seen.has(id)) duplicates.push(id)
    seen.add(id)
    return id
  }
  const readRow =
    (path: string) =>
    (fields: Fields, i: number): Row => {
      const id = readId(fields.id, `${path}[${i}].id`)
      const row = rowOf(id, readValues(fields, schema, limits))
      if (row.bytes > limits.documentBytes)
        throw refused(`document is too large, limit is currently ${limits.documentBytes} bytes`)
      return row
    }
  const upserts = rawUpserts.map(readRow('upsert_rows'))
  const patches = rawPatches.map(readRow('patch_rows'))
  const deletes = rawDeletes.map((id, i) => readId(id, `deletes[${i}]`))
  if (duplicates.length > 0) {
    throw refused(
      `This upsert contains duplicate document IDs and was not written. You should ensure that individual upserts do not include duplicate documents. The duplicated IDs in this batch were the following: ${duplicates.join(', ')}`,
    )
  }
  const vectors = [...schema.values()].filter((attribute) => attribute.type.kind === 'vector')
  for (const { name } of vectors) {
    const row = upserts.find((each) => !each.values[name])
    if (row) throw refused(`document '${row.id}' is missing required vector attribute '${name}'`)
  }
  return {
    idType,
    schema,
    upserts,
    patches,
    deletes,
    patch: patchFields ? readValues(patchFields, schema, limits) : null,
  }
}

function rowsOf(body: Fields, key: string): readonly Fields[] {
  const rows = body[key]
  if (rows === undefined || rows === null) return []
  if (!Array.isArray(rows))
    throw malformed(key, `invalid type: ${typeof rows === 'object' ? 'map' : typeof rows}, expected a sequence`)
  for (const [i, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw malformed(`${key}[${i}]`, 'expected a map')
    if (!('id' in row)) throw malformed(`${key}[${i}]`, 'missing field `id`')
  }
  return rows as Fields[]
}

function columnsOf(body: Fields, key: string): readonly Fields[] {
  const columns = body[key]
  if (columns === undefined || columns === null) return []
  if (typeof columns !== 'object' || Array.isArray(columns)) throw malformed(key, 'expected a map')
  const entries = Object.entries(columns as Record<string, unknown>)
  const ids = entries.find(([name]) => name === 'id')?.[1]
  if (ids === undefined) throw malformed(key, 'missing field `id`')
  if (!Array.isArray(ids)) throw malformed(`${key}.id`, 'data did not match any variant of untagged enum IdVec')
  for (const [name, column] of entries) {
    if (!Array.isArray(column)) throw malformed(`${key}.${name}`, 'expected a sequence')
    if (column.length !== ids.length) {
      throw refused(`column '${name}' has ${column.length} values, but there are ${ids.length} ids`)
    }
  }
  return ids.map((_, i) => Object.fromEntries(entries.map(([name, column]) => [name, (column as unknown[])[i]])))
}

function deletesOf(body: Fields): readonly unknown[] {
  const deletes = body.deletes
  if (deletes === undefined || deletes === null) return []
  if (!Array.isArray(deletes)) throw malformed('deletes', 'data did not match any variant of untagged enum IdVec')
  return deletes
}

function schemaOf(body: Fields): Fields {
  const schema = body.schema
  if (schema === undefined || schema === null) return {}
  if (typeof schema !== 'object' || Array.isArray(schema)) throw malformed('schema', 'expected a map')
  return schema as Fields
}

function patchOf(body: Fields): Fields | null {
  const by = body.patch_by_filter
  if (by === undefined || by === null) return null
  if (
    typeof by !== 'object' ||
    !('patch' in by) ||
    !('filters' in by) ||
    typeof by.patch !== 'object' ||
    by.patch === null
  ) {
    throw malformed('patch_by_filter', 'expected a map with `filters` and `patch`')
  }
  if ('id' in by.patch) throw refused('the id of a document cannot be patched')
  return by.patch as Fields
}

function idTypeOf(declared: unknown, namespace: Namespace | undefined, ids: readonly unknown[]): IdType {
  const said = typeof declared === 'object' && declared !== null && 'type' in declared ? declared.type : declared
  if (said !== undefined && said !== 'uint' && said !== 'uuid' && said !== 'string')
    throw refused(`${String(said)} is not a valid ID type`)
  if (namespace) {
    if (said !== undefined && said !== namespace.idType) {
      throw refused(
        `namespace ID type is ${namespace.idType}, but you sent ${said}; you are not allowed to mix ID types in the same namespace`,
      )
    }
    return namespace.idType
  }
  return said ?? (typeof ids[0] === 'string' ? 'string' : 'uint')
}

function idOf(raw: unknown, idType: IdType, path: string, limits: HardLimits): Id {
  const isNumber = typeof raw === 'number' && Number.isInteger(raw) && raw >= 0
  if (!isNumber && typeof raw !== 'string') throw malformed(path, 'data did not match any variant of untagged enum Id')
  const sent = isNumber ? 'uint' : 'string'
  if (idType === 'uuid') {
    const id = readUuid(raw)
    if (id === undefined) throw refused('namespace ID type is uuid, but a written ID could not be parsed as uuid')
    return id
  }
  if (sent !== idType) {
    throw refused(
      `namespace ID type is ${idType}, but you sent ${sent}; you are not allowed to mix ID types in the same namespace`,
    )
  }
  if (typeof raw === 'string' && Buffer.byteLength(raw) > limits.idBytes) {
    throw refused(`document id is too long, limit is currently ${limits.idBytes} bytes`)
  }
  return raw as Id
}

function infer(schema: Map<string, Attribute>, rows: readonly Fields[], namespace: Namespace | undefined): void {
  for (const fields of rows) {
    for (const name in fields) {
      if (name === 'id' || schema.has(name)) continue
      const value = fields[name]
      if (value === null || value === undefined) continue
      if (name === 'vector' && namespace) throw refused('Vector provided for namespace without vector attribute')
      const type = inferType(name, value) ?? (Array.isArray(value) && value.length === 0 ? undefined : null)
      if (type === null) throw refused(`the type of attribute '${name}' cannot be inferred, declare it in the schema`)
      if (type) schema.set(name, attributeOf(name, type))
    }
  }
  // Only empty arrays so far: nothing says of what.
  for (const fields of rows) {
    for (const name in fields) {
      if (name === 'id' || schema.has(name) || !Array.isArray(fields[name])) continue
      schema.set(name, attributeOf(name, parseType('[]string') ?? { kind: 'string', array: true }))
    }
  }
}

function readValues(fields: Fields, schema: Schema, limits: HardLimits): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const name in fields) {
    if (name === 'id') continue
    const raw = fields[name]
    const attribute = schema.get(name)
    if (!attribute) continue
    const value = readValue(attribute.type, raw)
    if (value === undefined) {
      throw refused(
        `attribute '${name}' has schema type ${typeName(attribute.type)}, but a written value is not of that type`,
      )
    }
    if (typeof value === 'string' || Array.isArray(value)) {
      const most = attribute.filterable ? limits.filterableValueBytes : limits.valueBytes
      if (attribute.filterable && largestElementBytes(value) > most) {
        throw refused(
          `value of filterable attribute '${name}' is too large, limit is currently ${most} bytes; set \`filterable: false\``,
        )
      }
      if (valueBytes(value) > limits.valueBytes) {
        throw refused(`value of attribute '${name}' is too large, limit is currently ${limits.valueBytes} bytes`)
      }
    }
    values[name] = value
  }
  return values
}
