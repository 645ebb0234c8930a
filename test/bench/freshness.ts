/**
 * Webhook to queryable: a person edits 25 times a second, and a sample of the edits is watched in all three stores. Measured
 * from the edit in Attio, so the emulator's delivery is part of it. The first read that shows the edit counts; trailing
 * reads go on behind. The first minute warms the servers up and is not watched: a JVM that has just started is several times slower.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { watch } from '../support/freshness.ts'
import { benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { milliseconds, spread } from './percentiles.ts'

const PER_SECOND = 25
/** Every so many edits one is watched: polling three stores is a load of its own, and must not become the larger one. */
const WATCHED = 25

export async function freshnessBench(
  say: (line: string) => void,
  { warmSeconds = 60, forSeconds = 40 }: { readonly warmSeconds?: number; readonly forSeconds?: number } = {},
): Promise<readonly Figure[]> {
  const bench = await benchSystem({ say, size: 'small' })
  try {
    const { attio, workspace, system, stores } = bench
    await system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'])
    say(await system.command('apps/verify/main.ts', ['--wait', '60']))
    const answer = (await attio.truth({ kind: 'ids', workspace: workspace.id })) as {
      readonly data: { readonly records: Readonly<Record<string, readonly string[]>> }
    }
    const { people = [], companies = [] } = answer.data.records
    const seen: { store: string; ms: number }[] = []
    const watches: Promise<void>[] = []
    const began = performance.now()
    for (let n = 0; n < (warmSeconds + forSeconds) * PER_SECOND; n++) {
      const due = began + (n * 1000) / PER_SECOND
      const wait = due - performance.now()
      if (wait > 0) await pause(wait)
      const watched = n % WATCHED === 0
      // A watched record is not edited again before it was surely seen.
      const record = (watched ? companies[(n / WATCHED) % companies.length] : people[n % people.length]) as string
      const title = `Reorganised for the ${n}th time`
      const values = watched ? { description: title } : { job_title: title }
      const since = performance.now()
      await attio.edit('setValues', { workspace: workspace.id, record, values })
      if (!watched || n < warmSeconds * PER_SECOND) continue
      const visible = (shown: { readonly text: string } | undefined) => shown?.text.includes(title) === true
      const seeing = watch(stores, [{ record, what: 'the new description', visible }], { since, withinMs: 30_000 })
      watches.push(seeing.then((times) => void seen.push(...times)))
    }
    await Promise.all(watches)
    say(await system.command('apps/verify/main.ts', ['--wait', '60']))
    return stores.flatMap(({ name }) => {
      const { p50, p99, count } = spread(seen.filter(({ store }) => store === name).map(({ ms }) => ms))
      return [
        {
          what: `edit to queryable in ${name}, p50 of ${count}`,
          measured: milliseconds(p50),
          goal: '< 1 s',
          met: p50 < 1000,
        },
        { what: `edit to queryable in ${name}, p99`, measured: milliseconds(p99), goal: '< 3 s', met: p99 < 3000 },
      ]
    })
  } finally {
    await bench.stop()
  }
}
