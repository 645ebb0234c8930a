/**
 * `make soak-memory MINUTES=30`: whether memory grows. Every app is a process of its own; people edit 25 times a second, the
 * same few hundred records over and over, so that nothing has a reason to grow. Resident memory is read every second;
 * after a warm-up, a line is laid through it by least squares, and its slope printed per process. Ctrl-C ends it early with what
 * there is. Exit code 1 above the goal.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { APPS } from '@attio-stream/stack/system'
import { table } from '../support/table.ts'
import { type BenchSystem, benchSystem } from './bench-system.ts'
import { machine } from './figure.ts'
import { type Sample, slopeOf } from './slope.ts'
import { megabytes, usageOf } from './usage.ts'

const PER_SECOND = 25
/** Caches fill, JITs compile, heaps find their size. */
const WARM_UP_SHARE = 0.4
/** Of what is resident, all processes together; half an hour of a heap that breathes cannot tell less. */
const MOST_PER_HOUR = 0.05
const MINUTE_MS = 60_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, help: { type: 'boolean' } } })
const minutes = Number(values.minutes)
if (values.help || !(minutes > 0)) {
  console.error('usage: node test/bench/soak.ts [--minutes 30]   25 edits a second, and the slope of resident memory')
  process.exit(values.help ? 0 : 2)
}

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
const began = performance.now()
const say = (line: string) => console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
console.log(machine())
const bench = await benchSystem({ say, size: 'small', processes: APPS.map((name) => [name]) })
try {
  const { system, workspace } = bench
  await system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'])
  const samples = await soak(bench, minutes * MINUTE_MS)
  say(await system.command('apps/verify/main.ts', ['--wait', '120']))
  process.exitCode = print(samples) ? 0 : 1
} finally {
  await bench.stop()
}

async function soak({ attio, workspace, system }: BenchSystem, forMs: number) {
  const answer = (await attio.truth({ kind: 'ids', workspace: workspace.id })) as {
    readonly data: { readonly records: Readonly<Record<string, readonly string[]>> }
  }
  const { people = [] } = answer.data.records
  const samples = new Map<string, Sample[]>(APPS.map((name) => [name, []]))
  const start = performance.now()
  let sampled = 0
  for (let n = 0; ; n++) {
    const at = performance.now() - start
    if (at >= forMs || stop.signal.aborted) return samples
    if (at >= sampled * 1_000) {
      sampled++
      for (const [name, list] of samples) {
        const pid = system.services.get(name)?.pid
        if (pid !== undefined) list.push({ at, bytes: usageOf([pid]).residentBytes })
      }
      if (sampled % 60 === 0) say(`${n} edits, ${megabytes(total(samples))} resident together`)
    }
    await pause(Math.max(0, (n * 1_000) / PER_SECOND - at))
    const record = people[n % people.length] as string
    const values = { job_title: `Head of Department ${n % 1_000}` }
    await attio.edit('setValues', { workspace: workspace.id, record, values })
  }
}

function total(samples: ReadonlyMap<string, readonly Sample[]>): number {
  return [...samples.values()].reduce((sum, list) => sum + (list.at(-1)?.bytes ?? 0), 0)
}

/** Whether all of them together stay below the goal. */
function print(samples: ReadonlyMap<string, readonly Sample[]>): boolean {
  const rows = [...samples].map(([name, list]) => {
    const steady = list.slice(Math.floor(list.length * WARM_UP_SHARE))
    return { name, first: steady[0]?.bytes ?? 0, last: steady.at(-1)?.bytes ?? 0, slope: slopeOf(steady) }
  })
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0)
  const all = { name: 'together', first: sum((r) => r.first), last: sum((r) => r.last), slope: sum((r) => r.slope) }
  const cells = [...rows, all].map(({ name, first, last, slope }) => [
    name,
    megabytes(first),
    megabytes(last),
    `${(slope / 1024 / 1024).toFixed(1)} MiB/h`,
  ])
  console.log(table([['resident', 'after warm-up', 'at the end', 'slope'], ...cells]))
  const goal = all.first * MOST_PER_HOUR
  console.log(`goal: together at most ${megabytes(goal)} an hour (${MOST_PER_HOUR * 100} %)`)
  return all.slope <= goal
}
