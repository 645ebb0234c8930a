/**
 * Backfill end to end: from the request to every document readable in all three stores. Once with the emulator's limits off
 * (throughput, memory), once with them on (what Attio is asked, and that no Retry-After is broken).
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { System } from '@attio-stream/stack/system'
import { kafkaLog } from '@attio-stream/stream'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import type { Store } from '../support/stores.ts'
import { type BenchSystem, benchSystem, storesOf } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { seconds } from './percentiles.ts'
import { memoryOf, watchMemory } from './usage.ts'

export async function pipelineBench(
  say: (line: string) => void,
  size: 'small' | 'medium' = 'medium',
): Promise<readonly Figure[]> {
  const { cold, warm, resident } = await unlimited(say, size)
  const limited = await withLimits(say, size)
  const rate = ({ documents, ms }: Backfill) => documents / (ms / 1000)
  const rates = [
    ['a second workspace', warm],
    ['the first, servers just started', cold],
  ] as const
  return [
    ...rates.map(([what, backfill]) => ({
      what: `documents a second, limits off: ${what} (${backfill.documents} in ${seconds(backfill.ms)})`,
      measured: rate(backfill).toFixed(0),
      goal: '≥ 1000',
      met: rate(backfill) >= 1000,
    })),
    {
      what: 'artifacts written per document, limits off',
      measured: (cold.artifacts / cold.documents).toFixed(2),
      goal: '',
    },
    {
      what: 'resident, our processes together',
      measured: memoryOf(resident),
      goal: '≤ 1024 MiB',
      met: resident.residentBytes <= 1024 ** 3,
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

interface Backfill {
  readonly documents: number
  readonly artifacts: number
  /** From the request to every document readable in all stores. */
  readonly ms: number
}

/** Two workspaces one after the other: a JVM that has just started is several times slower than one at work. */
async function unlimited(say: (line: string) => void, size: 'small' | 'medium') {
  const settings = { ATTIO_READS_PER_SECOND: '0' }
  const attioArgs = ['--no-limits', '--workspaces', '2']
  const bench = await benchSystem({ say, size, settings, attioArgs })
  try {
    const { workspaces } = await bench.attio.state()
    const [first, second] = workspaces as [EmulatedWorkspace, EmulatedWorkspace]
    await bench.system.command('apps/connect/main.ts', [], { env: { ATTIO_API_KEY: second.token } })
    const memory = watchMemory(bench.pids)
    const cold = await backfill(bench, first, say)
    const warm = await backfill(bench, second, say)
    const resident = memory.stop()
    await verified(bench.system, say)
    return { cold, warm, resident }
  } finally {
    await bench.stop()
  }
}

async function withLimits(say: (line: string) => void, size: 'small' | 'medium') {
  const bench = await benchSystem({ say, size })
  try {
    await bench.attio.resetCounters()
    const done = await backfill(bench, bench.workspace, say)
    await verified(bench.system, say)
    const { counters, violations } = await bench.attio.state()
    const calls = (route: string) => counters.calls[route] ?? 0
    return {
      ...done,
      violations,
      requests: counters.requests,
      recordQueries: calls('POST /v2/objects/{object}/records/query'),
      noteReads: calls('GET /v2/notes'),
    }
  } finally {
    await bench.stop()
  }
}

async function backfill(
  { system }: BenchSystem,
  workspace: EmulatedWorkspace,
  say: (line: string) => void,
): Promise<Backfill> {
  const documents = Object.values(workspace.records).reduce((sum, count) => sum + count, 0)
  const brokers = String(system.env.KAFKA_BROKERS)
  const before = await written(brokers)
  const stores = storesOf(system, workspace)
  const began = performance.now()
  const walked = system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'], { onLine: say })
  await Promise.all([walked, ...stores.map((store) => full(store, documents, say))])
  const ms = performance.now() - began
  await Promise.all(stores.map((store) => store.close()))
  return { documents, artifacts: (await written(brokers)) - before, ms }
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
