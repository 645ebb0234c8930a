/** What was asked for on the command line. */
import { parseArgs } from 'node:util'
import { STORES } from './stores.ts'

export const USAGE = [
  'npm run verify                      compare every store with crm.artifacts, name each difference',
  '  --stores postgres,opensearch      only these stores',
  'npm run verify -- --source          compare crm.records and crm.children with Attio itself, at the pace of a sweep',
  '  --repair                          mend exactly what differs, then compare again',
  '  --workspace ID                    only this workspace (with --source its slug will do)',
  '  --wait SECONDS                    how long what is under way may take (30)',
  '  --json                            one JSON object instead of lines',
  'Exit codes: 0 nothing differs, 1 something does, 2 not everything could be compared.',
] as const

export interface Asked {
  readonly help: boolean
  readonly source: boolean
  readonly repair: boolean
  readonly json: boolean
  readonly workspace: string | undefined
  readonly stores: readonly string[]
  readonly waitMs: number
}

/** @throws Error when it makes no sense. */
export function argumentsOf(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      source: { type: 'boolean', default: false },
      repair: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      workspace: { type: 'string' },
      stores: { type: 'string' },
      wait: { type: 'string', default: '30' },
    },
  })
  const { help, source, repair, json, workspace } = values
  const wait = Number(values.wait)
  if (!Number.isFinite(wait) || wait < 0) throw new Error('--wait takes seconds.')
  if (source && values.stores !== undefined)
    throw new Error('One end at a time: --source compares with Attio, --stores with crm.artifacts.')
  const stores = source ? [] : (values.stores ?? STORES.join(',')).split(',').filter((name) => name !== '')
  return { help, source, repair, json, workspace, stores, waitMs: wait * 1000 }
}
