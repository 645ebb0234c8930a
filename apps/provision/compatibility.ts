/**
 * Why one version of an Avro record cannot follow another, in words: for the person who changed a schema. The registry
 * decides whether it can; this only explains, field by field. Pure.
 */

interface AvroRecord {
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[]
}

/** Sentences about what FULL_TRANSITIVE forbids between the two; empty when nothing was found. */
export function incompatibilities(before: unknown, after: unknown): readonly string[] {
  if (!isRecord(before) || !isRecord(after)) return []
  const old = new Map(before.fields.map((field) => [field.name, field]))
  const now = new Map(after.fields.map((field) => [field.name, field]))
  const added = after.fields
    .filter((field) => !old.has(field.name) && !('default' in field))
    .map((field) => `field ${field.name} was added without a default`)
  const removed = before.fields
    .filter((field) => !now.has(field.name) && !('default' in field))
    .map((field) => `field ${field.name} was removed, and it had no default`)
  const retyped = after.fields.flatMap((field) => {
    const earlier = old.get(field.name)
    if (earlier === undefined || shape(earlier.type) === shape(field.type)) return []
    return [`the type of field ${field.name} was ${shape(earlier.type)} and is ${shape(field.type)}`]
  })
  return [...added, ...removed, ...retyped]
}

function isRecord(schema: unknown): schema is AvroRecord {
  return typeof schema === 'object' && schema !== null && 'fields' in schema && Array.isArray(schema.fields)
}

/** The type without what does not matter to readers. */
function shape(type: unknown): string {
  return JSON.stringify(type, (key, value: unknown) => (key === 'doc' || key === 'default' ? undefined : value))
}
