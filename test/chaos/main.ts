/**
 * `make chaos MINUTES=5 SEED=1`: breaks one thing after the other while people edit, and tells whether everything is true at
 * the end. Exit code 0 when it is, 1 when not (the logs stay), 130 after Ctrl-C.
 */
import { parseArgs } from 'node:util'
import { chaos } from './chaos.ts'
import { isClean, reportLines } from './report.ts'

const USAGE = `usage: node test/chaos/main.ts [--minutes 5] [--seed N] [--records 300] [--edits-per-second 5]
  Kills, stops and wakes every process, takes brokers, registry and stores away, deletes disks, while a workspace is walked
  and edited. At the end the stores must say what is true. make chaos MINUTES=… SEED=… does the same.`

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string' },
      records: { type: 'string', default: '300' },
      'edits-per-second': { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  })
  const number = (name: 'minutes' | 'seed' | 'records' | 'edits-per-second', least: number) => {
    const value = Number(values[name])
    if (!(value >= least)) throw new Error(`--${name} takes a number from ${least} on, not '${values[name]}'.`)
    return value
  }
  return {
    help: values.help,
    minutes: number('minutes', 0.1),
    seed: values.seed ? number('seed', 0) : Date.now() % 100_000,
    records: number('records', 50),
    editsPerSecond: number('edits-per-second', 0.1),
  }
}

function wanted(): ReturnType<typeof optionsOf> | undefined {
  try {
    const options = optionsOf(process.argv.slice(2))
    if (!options.help) return options
    console.log(USAGE)
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exitCode = 2
  }
  return undefined
}

const options = wanted()
if (options !== undefined) {
  const { minutes, seed, records, editsPerSecond } = options
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error('stopped by hand')))
  const began = performance.now()
  const say = (line: string) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
  say(`seed ${seed}, ${minutes} minutes`)
  try {
    const report = await chaos({ seed, records, editsPerSecond, turns: { minutes }, say, signal: stop.signal })
    console.log(`\n${reportLines(report)}`)
    process.exitCode = isClean(report) ? 0 : 1
  } catch (error) {
    console.error(stop.signal.aborted ? 'Stopped by hand.' : error)
    process.exitCode = stop.signal.aborted ? 130 : 1
  }
}
