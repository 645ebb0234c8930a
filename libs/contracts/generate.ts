/**
 * Makes generated.ts from the Avro files in schemas/: one read-only interface for each record, docs included.
 * `node libs/contracts/generate.ts` writes it, `--check` only compares and exits with 1 when it is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

type AvroSchema = string | AvroUnion | AvroComplex
type AvroUnion = readonly AvroSchema[]
interface AvroComplex {
  readonly type: AvroSchema
  readonly name?: string
  readonly doc?: string
  readonly fields?: readonly AvroField[]
  readonly items?: AvroSchema
  readonly values?: AvroSchema
  readonly symbols?: readonly string[]
}
interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly doc?: string
}

const HEADER = '/** Generated from schemas/ by `make schemas`. Do not edit. */'

/** `long` fits: offsets and milliseconds stay far below 2^53. */
const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
}

/** The text of generated.ts. `schemas`: parsed Avro records, in the order they shall appear. */
export function generate(schemas: readonly unknown[]): string {
  const interfaces = new Map<string, string>()
  for (const schema of schemas) typeOf(schema as AvroSchema, interfaces)
  return `${[HEADER, ...interfaces.values()].join('\n\n')}\n`
}

/** The TypeScript type of a schema; records in it are added to `interfaces`. @throws on what no schema here uses yet. */
function typeOf(schema: AvroSchema, interfaces: Map<string, string>): string {
  if (typeof schema === 'string') {
    const type = PRIMITIVES[schema] ?? (interfaces.has(schema) ? schema : undefined)
    if (type === undefined) throw new Error(`Avro type ${schema} is neither primitive nor defined before its use.`)
    return type
  }
  if (isUnion(schema)) return unionOf(schema.map((branch) => typeOf(branch, interfaces)))
  if (schema.type === 'record') return recordOf(schema, interfaces)
  if (schema.type === 'array') return arrayOf(typeOf(required(schema.items, 'items'), interfaces))
  if (schema.type === 'map') return `Readonly<Record<string, ${typeOf(required(schema.values, 'values'), interfaces)}>>`
  if (schema.type === 'enum') return unionOf(required(schema.symbols, 'symbols').map((symbol) => `'${symbol}'`))
  return typeOf(schema.type, interfaces)
}

function recordOf(schema: AvroComplex, interfaces: Map<string, string>): string {
  const name = required(schema.name, 'name')
  if (interfaces.has(name)) throw new Error(`Two Avro records are called ${name}.`)
  interfaces.set(name, '')
  const fields = required(schema.fields, 'fields').map(
    (field) => `${comment(field.doc, '  ')}  readonly ${field.name}: ${typeOf(field.type, interfaces)}\n`,
  )
  interfaces.set(name, `${comment(schema.doc, '')}export interface ${name} {\n${fields.join('')}}`)
  return name
}

function unionOf(branches: readonly string[]): string {
  return [...branches.filter((branch) => branch !== 'null'), ...branches.filter((branch) => branch === 'null')].join(
    ' | ',
  )
}

function arrayOf(item: string): string {
  return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`
}

function comment(doc: string | undefined, indent: string): string {
  return doc === undefined ? '' : `${indent}/** ${doc.replaceAll('*/', '* /')} */\n`
}

function isUnion(schema: AvroSchema): schema is AvroUnion {
  return Array.isArray(schema)
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`An Avro schema lacks ${what}.`)
  return value
}

/** What generated.ts should be now. */
export function generateFromFiles(): string {
  const directory = new URL('../../schemas/', import.meta.url)
  const files = readdirSync(directory).filter((file) => file.endsWith('.avsc'))
  return generate(files.sort().map((file) => JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as unknown))
}

function main(): void {
  const target = new URL('generated.ts', import.meta.url)
  const wanted = generateFromFiles()
  if (!process.argv.includes('--check')) {
    writeFileSync(target, wanted)
  } else if (readFileSync(target, 'utf8') !== wanted) {
    process.stderr.write(
      'libs/contracts/generated.ts is not what schemas/ say: run `make schemas` and commit the result.\n',
    )
    process.exitCode = 1
  }
}

if (import.meta.main) main()
