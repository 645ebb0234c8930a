/** What our processes use while nothing happens. */
import { setTimeout as pause } from 'node:timers/promises'
import { benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { megabytes, usageOf } from './usage.ts'

export async function idleBench(say: (line: string) => void, forSeconds = 30): Promise<readonly Figure[]> {
  const bench = await benchSystem({ say, size: 'small' })
  try {
    const { system, workspace } = bench
    await system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'])
    await system.command('apps/verify/main.ts', ['--wait', '60'])
    say('settling')
    await pause(15_000)
    const before = usageOf(bench.pids())
    await pause(forSeconds * 1000)
    const after = usageOf(bench.pids())
    const share = (after.cpuMs - before.cpuMs) / (forSeconds * 1000)
    return [
      {
        what: 'all apps idle in one process, of one core',
        measured: `${(share * 100).toFixed(1)} %`,
        goal: '< 5 %',
        met: share < 0.05,
      },
      { what: 'resident while idle', measured: megabytes(after.residentBytes), goal: '' },
    ]
  } finally {
    await bench.stop()
  }
}
