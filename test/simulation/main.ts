/** make soak, make mutants: many schedules, one seed again, or every planted fault. */
import { parseArgs } from 'node:util'
import { testMutants } from './mutants.ts'
import { Pool } from './pool.ts'
import { explain, soak } from './soak.ts'

const HELP = `usage: node test/simulation/main.ts soak [--schedules 1000] [--first 1]
       node test/simulation/main.ts soak --seed N [--shrunk PATH]
       node test/simulation/main.ts mutants [--only TEXT] [--schedules 1000]
       Both take --workers N: processes side by side, as many as there are cores when not given.

soak     runs schedules of the whole pipeline on a virtual clock; a failing one is shrunk and printed. --seed runs one again.
mutants  plants one fault after the other and runs schedules until one fails; exit code 1 when any fault is missed.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    schedules: { type: 'string' },
    first: { type: 'string' },
    seed: { type: 'string' },
    shrunk: { type: 'string' },
    only: { type: 'string' },
    workers: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const whole = (text: string | undefined, otherwise: number): number => {
  const value = text === undefined || text === '' ? otherwise : Number(text)
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${text} is not a whole number.`)
  return value
}
const stopped = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    stopped.abort()
    process.exitCode = 130
  })

const pooling = values.workers === undefined ? {} : { workers: whole(values.workers, 1) }

async function soakCommand(): Promise<void> {
  const pool = new Pool(pooling)
  stopped.signal.addEventListener('abort', () => pool.close())
  try {
    if (values.seed !== undefined && values.seed !== '') {
      const how = values.shrunk === undefined || values.shrunk === '' ? {} : { path: values.shrunk }
      if (!(await explain(pool, whole(values.seed, 1), say, how))) process.exitCode = 1
      return
    }
    const began = performance.now()
    const schedules = whole(values.schedules, 1000)
    const progress = (done: number, failed: number): void => {
      if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${schedules} schedules, ${failed} failed `)
      else if (done % 250 === 0) say(`${done} of ${schedules} schedules, ${failed} failed`)
    }
    const result = await soak({ pool, schedules, first: whole(values.first, 1), say, progress })
    if (process.stdout.isTTY) say('')
    const seconds = Math.round((performance.now() - began) / 1000)
    say(
      `${result.schedules} schedules, ${result.events} events, ${seconds} s, ${Math.round(result.cpuMs / result.schedules)} ms of CPU each`,
    )
    for (const what of Object.keys(result.counts).sort())
      say(
        `  ${String(result.counts[what]).padStart(7)} ×, in ${String(result.within[what] ?? 0).padStart(5)} schedules: ${what}`,
      )
    say(result.failed.length === 0 ? 'all passed' : `failed: ${result.failed.join(', ')}`)
    if (result.failed.length > 0) process.exitCode = 1
  } finally {
    pool.close()
  }
}

const [command] = positionals
if (values.help || command === undefined || !['soak', 'mutants'].includes(command)) {
  say(HELP)
  process.exitCode = values.help ? 0 : 2
} else if (command === 'soak') await soakCommand()
else {
  const caught = await testMutants({
    say,
    schedules: whole(values.schedules, 1000),
    signal: stopped.signal,
    ...pooling,
    ...(values.only === undefined || values.only === '' ? {} : { only: values.only }),
  })
  if (!caught) process.exitCode = 1
}
