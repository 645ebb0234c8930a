/** What was asked for on the command line. */
import { parseArgs } from 'node:util'
import { recordIn } from '@attio-stream/documents'
import { STORES } from './stores.ts'

export const USAGE = [
  'npm run trace -- ID                 the life of one record: ID is its id, or that of its document (attio_company_…)',
  '                                    notes, tasks, entries, objects, lists and members have lives too',
  '  --at TIME                         as of then, ISO 8601: state, artifact and the text of the document',
  '  --values                          what changed in each field, and names: customer text',
  '  --stores postgres,opensearch      ask only these stores; --stores none asks none',
  '  --json                            one JSON object instead of lines; bodies and texts only with --values or --at',
  'Exit codes: 0 shown, 1 nothing is known of it, or something could not be read.',
] as const

export interface Asked {
  readonly help: boolean
  readonly id: string
  readonly at: number | undefined
  readonly values: boolean
  readonly json: boolean
  readonly stores: readonly string[]
}

/** @throws Error when it makes no sense. */
export function argumentsOf(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      at: { type: 'string' },
      values: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      stores: { type: 'string' },
    },
  })
  const [given = ''] = positionals
  if (!values.help && (positionals.length !== 1 || given === ''))
    throw new Error(`Trace what? Give one id.\n${USAGE.join('\n')}`)
  const at = values.at === undefined ? undefined : Date.parse(values.at)
  if (Number.isNaN(at)) throw new Error('--at takes a time such as 2026-11-23T12:00:00Z.')
  // What stores have is known of now only.
  const stores =
    at !== undefined || values.stores === 'none' ? [] : (values.stores ?? STORES.join(',')).split(',').filter(Boolean)
  return { help: values.help, id: recordIn(given) ?? given, at, values: values.values, json: values.json, stores }
}
