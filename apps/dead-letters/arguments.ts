/** What stands on the command line. Says what is wrong with it in one sentence. */
import { parseArgs } from 'node:util'
import { type LetterFilter, type LetterState, STATES } from './letters.ts'

export const HELP = `npm run dead-letters -- list|show|redrive|drop …

  list                  letters with state and reason, then how many for each reason
  show ID               one letter: where it stood, why, its headers and sizes
    --bytes               its bytes instead, raw, to standard output (customer text)
  redrive ID … | --all  tries them again where they failed; what something newer has replaced is left alone
  drop ID … --yes | --all --yes
                        nobody shall try them again; they stay in the topic until it forgets them (30 days)

Which letters, for list and with --all:
  --workspace ID  --stage NAME  --topic NAME
  --reason TEXT         a class (unreadable, rejected, refused, forbidden, too-large) or a part of the sentence
  --since WHEN          30m, 12h, 7d, or a date
  --state STATE         open, redriven, superseded, dropped; for list, where all are shown otherwise
  --limit N             lines of list (default 50; the newest)
  --json                for programs

Exit codes: 0 done; 1 something could not be done and says why.`

export interface Asked {
  readonly command: 'list' | 'show' | 'redrive' | 'drop'
  readonly ids: readonly string[]
  readonly filter: LetterFilter
  readonly bytes: boolean
  readonly json: boolean
  readonly limit: number
}

const COMMANDS = ['list', 'show', 'redrive', 'drop'] as const
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const ID = /^[0-9a-f]{12}$/

/** 'help' when it was asked for. @throws a sentence. */
export function argumentsOf(args: readonly string[], now: number): Asked | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workspace: { type: 'string' },
      stage: { type: 'string' },
      topic: { type: 'string' },
      reason: { type: 'string' },
      since: { type: 'string' },
      state: { type: 'string' },
      limit: { type: 'string', default: '50' },
      all: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      bytes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const [name, ...ids] = positionals
  const command = COMMANDS.find((one) => one === name)
  if (command === undefined) throw new Error(`Say one of ${COMMANDS.join(', ')}; --help tells more.`)
  const wrong = ids.find((id) => !ID.test(id))
  if (wrong !== undefined)
    throw new Error(`${wrong} is no id of a letter: list shows them, 12 hexadecimal digits each.`)
  const { workspace, stage, topic, reason, since, state } = values
  const chosen = { workspace, stage, topic, reason, since, state: stateOf(state) }
  const named = Object.entries(chosen).filter(([, value]) => value !== undefined)
  if (command === 'show' && ids.length !== 1) throw new Error('show takes the id of one letter.')
  if (command === 'list' && ids.length > 0) throw new Error('list takes no ids; show ID tells of one.')
  if (command === 'redrive' || command === 'drop') {
    if (ids.length === 0 && !values.all) throw new Error(`Say which to ${command}: ids, or --all (with filters).`)
    if (ids.length > 0 && (values.all || named.length > 0)) throw new Error('Say ids, or --all and filters, not both.')
    if (state !== undefined) throw new Error(`Only open letters are there to ${command}.`)
    if (command === 'drop' && !values.yes)
      throw new Error('A dropped letter is not tried again; say --yes if that is meant.')
  }
  const limit = Number(values.limit)
  if (!Number.isInteger(limit) || limit < 0) throw new Error('--limit takes a number.')
  const filter = Object.fromEntries(
    named.map(([key, value]) => [key, key === 'since' ? timeOf(String(value), now) : value]),
  )
  return {
    command,
    ids,
    filter: ids.length === 0 ? filter : { ids: new Set(ids) },
    bytes: values.bytes,
    json: values.json,
    limit,
  }
}

function stateOf(text: string | undefined): LetterState | undefined {
  const state = STATES.find((one) => one === text)
  if (text !== undefined && state === undefined) throw new Error(`--state takes one of ${STATES.join(', ')}.`)
  return state
}

function timeOf(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? []
  const time = count === undefined ? Date.parse(text) : now - Number(count) * (UNITS[unit] ?? 0)
  if (Number.isNaN(time)) throw new Error('--since takes 30m, 12h, 7d, or a date such as 2026-11-23T08:00Z.')
  return time
}
