/**
 * Backfill end to end: from the request to every document readable in all three stores. Once with the emulator's limits off
 * (throughput, memory), once with them on (what Attio is asked, and that no Retry-After is broken).
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { System } from '@attio-stream/stack/system'
import { kafkaLog } from '@attio-stream/stream'
import type { Store } from '../support/stores.ts'
import { type BenchSystem, benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { seconds } from './percentiles.ts'
import { megabytes, watchMemory } from './usage.ts'

export async function pipelineBench(
  say: (line: string) => void,
  size: 'small' | 'medium' = 'medium',
): Promise<readonly Figure[]> {
  const free = await run(say, { size, limits: false })
  const limited = await run(say, { size, limits: true })
  const rate = free.documents / (free.ms / 1000)
  return [
    { what: `backfill of ${free.documents} documents into three stores`, measured: seconds(free.ms), goal: '' },
    {
      what: 'documents a second, limits off',
      measured: rate.toFixed(0),
      goal: '≥ 1000',
      met: rate >= 1000,
    },
    {
      what: 'artifacts written per document, limits off',
      measured: (free.artifacts / free.documents).toFixed(2),
      goal: '',
    },
    {
      what: 'resident, our processes together',
      measured: megabytes(free.resident),
      goal: '≤ 1024 MiB',
      met: free.resident <= 1024 ** 3,
    },
    {
      what: 'records per record query, limits on',
      measured: (limited.documents / limited.recordQueries).toFixed(0),
      goal: '≥ 400',
      met: limited.documents / limited.recordQueries >= 400,
    },
    {
      what: 'all requests to Attio, limits on',
      measured: `${limited.requests} (${limited.noteReads} of them pages of 50 notes)`,
      goal: '',
    },
    {
      what: 'requests inside a Retry-After window',
      measured: String(limited.violations),
      goal: '0',
      met: limited.violations === 0,
    },
    { what: 'the same backfill with limits on', measured: seconds(limited.ms), goal: '' },
  ]
}

async function run(
  say: (line: string) => void,
  options: { readonly size: 'small' | 'medium'; readonly limits: boolean },
) {
  const { size, limits } = options
  const settings = limits ? {} : { ATTIO_READS_PER_SECOND: '0' }
  const bench = await benchSystem({ say, size, settings, ...(limits ? {} : { attioArgs: ['--no-limits'] }) })
  try {
    const { workspace, attio, system, stores } = bench
    const documents = Object.values(workspace.records).reduce((sum, count) => sum + count, 0)
    await attio.resetCounters()
    const memory = watchMemory(bench.pids)
    const began = performance.now()
    const walked = system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'], { onLine: say })
    await Promise.all([walked, ...stores.map((store) => full(store, documents, say))])
    const ms = performance.now() - began
    const resident = memory.stop()
    await verified(system, say)
    const { counters, violations } = await attio.state()
    const artifacts = await written(String(system.env.KAFKA_BROKERS))
    const calls = (route: string) => counters.calls[route] ?? 0
    return {
      documents,
      artifacts,
      ms,
      resident,
      violations,
      requests: counters.requests,
      recordQueries: calls('POST /v2/objects/{object}/records/query'),
      noteReads: calls('GET /v2/notes'),
    }
  } finally {
    await bench.stop()
  }
}

/** Verify tells when a store still changed while it was read; then it is asked again. */
async function verified(system: System, say: (line: string) => void): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return say(await system.command('apps/verify/main.ts', ['--wait', '60']))
    } catch (error) {
      if (attempt === 5) throw error
    }
}

/** Messages of crm.artifacts, markers of transactions among them. */
async function written(brokers: string): Promise<number> {
  const log = kafkaLog({ brokers: brokers.split(','), clientId: 'bench' })
  const ends = await log.ends('crm.artifacts')
  await log.close()
  return ends.reduce((sum, end) => sum + end, 0)
}

/** Resolves when readers of the store find that many documents. */
async function full(store: Store, documents: number, say: (line: string) => void): Promise<void> {
  for (let before = -1; ; ) {
    const counts = await store.counts().catch(() => new Map<string, number>())
    const found = [...counts.values()].reduce((sum, count) => sum + count, 0)
    if (found >= documents) return say(`${store.name} has all ${found}`)
    if (found === before) await pause(100)
    before = found
    await pause(100)
  }
}

export type { BenchSystem }
