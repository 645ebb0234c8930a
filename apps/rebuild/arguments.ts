/** What the command line asks for. Everything wrong with it is an error that ends with how it should be. */
import { parseArgs } from 'node:util'
import { SINKS } from './stores.ts'

const TASKS = ['start', 'status', 'rollback', 'cancel', 'drop'] as const

export interface Task {
  readonly kind: (typeof TASKS)[number] | 'help'
  /** Of status all by default; of everything else those that were named. */
  readonly sinks: readonly string[]
  readonly generation?: number
  readonly json: boolean
}

export const USAGE: readonly string[] = [
  'npm run rebuild -- --sink SINK               builds a new generation beside the live one, checks it, moves readers to it;',
  '                                             goes on with one that was interrupted',
  'npm run rebuild -- status [--sink SINK]      generations, how far they are, and why one does not go on  [--json]',
  'npm run rebuild -- rollback --sink SINK      back to the retired generation, once it has caught up  [--generation N]',
  'npm run rebuild -- cancel --sink SINK        ends the one being built',
  'npm run rebuild -- drop --sink SINK          drops retired generations before their time  [--generation N]',
  `SINK is ${SINKS.join(', ')}, several of them separated by commas, or all.`,
]

export function parseTask(args: readonly string[]): Task {
  const wrong = (what: string) => new Error([what, ...USAGE].join('\n'))
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  const [first = 'start', ...more] = positionals
  if (values.help) return { kind: 'help', sinks: [], json: false }
  const kind = TASKS.find((task) => task === first)
  if (kind === undefined || more.length > 0) throw wrong(`There is no ${positionals.join(' ')}.`)
  const named = values.sink ?? (kind === 'status' ? 'all' : undefined)
  if (named === undefined) throw wrong('Which sink? Say --sink.')
  const sinks = named === 'all' ? [...SINKS] : [...new Set(named.split(',').filter((name) => name !== ''))]
  const unknown = sinks.filter((name) => !(SINKS as readonly string[]).includes(name))
  if (unknown.length > 0 || sinks.length === 0) throw wrong(`There is no sink ${unknown.join(', ') || `"${named}"`}.`)
  if (values.generation === undefined) return { kind, sinks, json: values.json }
  const generation = Number(values.generation)
  if (!Number.isInteger(generation) || generation < 1) throw wrong('--generation takes a number from 1.')
  if ((kind !== 'rollback' && kind !== 'drop') || sinks.length !== 1)
    throw wrong('--generation goes with rollback or drop of one sink.')
  return { kind, sinks, generation, json: values.json }
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      sink: { type: 'string' },
      generation: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
