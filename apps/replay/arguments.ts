/** What the command line asks for. */
import { parseArgs } from 'node:util'
import type { TopicName } from '@attio-stream/contracts'

export const HELP = `npm run replay -- --from records|changes [--workspace ID] [--dry-run] [--entries]
npm run replay -- --from records|changes --status | --take-back

  --from records   the join changed: enrich joins every record again and writes the artifacts that differ
  --from changes   the fold or the reading of payloads changed: compact folds what it last read of everything again and
                   writes the states that differ; what follows from them follows by itself
  --workspace ID   only what belongs to this workspace
  --dry-run        count what differs, write nothing of it
  --entries        with changes: also write every record's directory entry (what a card shows changed)
  --status         how far it is, without asking for anything
  --take-back      ask no longer; what was written stays written

Attio is not asked for anything. Live changes go on meanwhile, before it. It goes on when this command, or the stage, is
stopped; exit code 0: done, 1: not.`

export interface Task {
  readonly kind: 'ask' | 'status' | 'take-back'
  readonly stage: 'compact' | 'enrich'
  /** What the stage takes again. */
  readonly topic: TopicName
  readonly workspace: string | undefined
  readonly dryRun: boolean
  readonly entries: boolean
}

const SOURCES = {
  records: { stage: 'enrich', topic: 'crm.records' },
  changes: { stage: 'compact', topic: 'attio.changes' },
} as const

/** @throws when it makes no sense, saying what would. */
export function parseTask(args: readonly string[]): Task {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      workspace: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      entries: { type: 'boolean', default: false },
      status: { type: 'boolean', default: false },
      'take-back': { type: 'boolean', default: false },
    },
  })
  const { from, workspace, entries, status } = values
  if (from !== 'records' && from !== 'changes') {
    const sinks = from === 'artifacts' ? ' From crm.artifacts a store is rebuilt: make rebuild SINK=….' : ''
    throw new Error(`From where? Say --from records (the join changed) or --from changes (the fold did).${sinks}`)
  }
  if (status && values['take-back']) throw new Error('--status and --take-back: say one of them.')
  if (entries && from === 'records')
    throw new Error('--entries goes with --from changes: compact writes the directory.')
  const kind = status ? 'status' : values['take-back'] ? 'take-back' : 'ask'
  return { kind, ...SOURCES[from], workspace, dryRun: values['dry-run'], entries }
}
