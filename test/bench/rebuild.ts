/**
 * A rebuild of an OpenSearch index while edits flow: what live readers notice of it, how long the switch takes, what the
 * building process needs, and what a kill in the middle costs. Artifacts are written straight into crm.artifacts.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import { Client } from '@opensearch-project/opensearch'
import pg from 'pg'
import { type Made, madeArtifacts, titleOf } from '../support/artifacts.ts'
import { beginRebuild, generationRows } from '../support/rebuild.ts'
import type { Store } from '../support/stores.ts'
import { until } from '../support/until.ts'
import { benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { milliseconds, seconds, spread } from './percentiles.ts'
import { memoryOf, watchMemory } from './usage.ts'

const EDITS_A_SECOND = 25
const IDLE_MS = 20_000
/** Edits watched at the same time. */
const WATCHERS = 3
const TOPIC = 'crm.artifacts'

export async function rebuildBench(say: (line: string) => void, documents = 100_000): Promise<readonly Figure[]> {
  const bench = await benchSystem({ say, size: 'empty', connect: false, processes: [['sink-opensearch']] })
  const { env } = bench.system
  const log = kafkaLog({ brokers: String(env.KAFKA_BROKERS).split(','), clientId: 'bench' })
  const pool = new pg.Pool({ connectionString: String(env.DATABASE_URL), max: 2 })
  const client = new Client({ node: String(env.OPENSEARCH_URL) })
  try {
    const store = bench.stores.find(({ name }) => name === 'OpenSearch') as Store
    const codec = await openCodec({ registryUrl: String(env.SCHEMA_REGISTRY_URL) })
    const made = await madeArtifacts({ log, codec, workspace: bench.workspace.id })
    await made.write(Array(documents).keys())
    const full = async () => {
      const count = [...(await store.counts()).values()].reduce((sum, n) => sum + n, 0)
      if (count < documents) throw new Error(`${count} of ${documents}`)
    }
    await until('the sink having written all', full, { withinMs: 600_000, everyMs: 500 })
    say(`generation 1 holds ${documents} documents`)

    const flow = flowing(made, store, documents)
    await pause(IDLE_MS)
    const idle = flow.taken()
    say(`idle: ${idle.length} edits watched`)

    const began = performance.now()
    const first = beginRebuild(['--sink', 'opensearch'], env)
    const memory = watchMemory(() =>
      first.child.pid === undefined || first.child.exitCode !== null ? [] : [first.child.pid],
    )
    const code = await first.ended
    const ms = performance.now() - began
    const resident = memory.stop()
    const busy = flow.taken()
    say(first.printed().trim().split('\n').slice(-3).join(' | '))
    if (code !== 0) throw new Error(`the rebuild failed: ${first.printed()}`)
    const second = (await generationRows(pool, 'opensearch')).find(({ number }) => number === 2)
    const switchMs = second?.switch_ms ?? Number.NaN
    await flow.stop()

    const repeated = await repeatedAfterKill({ env, pool, log, client }, say)
    const [before, during] = [spread(idle), spread(busy)]
    const rate = documents / (ms / 1000)
    return [
      {
        what: `rebuild of ${documents} documents, with its check`,
        measured: `${seconds(ms)} (${rate.toFixed(0)}/s)`,
        goal: '',
      },
      {
        what: 'of it: filled and caught up; compared',
        measured: `${seconds(second?.fill_ms ?? Number.NaN)}; ${seconds(second?.check_ms ?? Number.NaN)}`,
        goal: '',
      },
      {
        what: 'edit to queryable, no rebuild, p50 / p99',
        measured: `${milliseconds(before.p50)} / ${milliseconds(before.p99)}`,
        goal: '',
      },
      {
        what: 'edit to queryable while it is built, p50 / p99',
        measured: `${milliseconds(during.p50)} / ${milliseconds(during.p99)}`,
        goal: 'p99 ≤ 2 × idle',
        met: during.p99 <= 2 * before.p99,
      },
      { what: 'readers moved in', measured: milliseconds(switchMs), goal: '< 1 s', met: switchMs < 1000 },
      {
        what: 'resident, the building process',
        measured: memoryOf(resident),
        goal: 'the same for any number of documents',
      },
      {
        what: 'documents written again after kill -9 half way',
        measured: `${repeated} (${((100 * repeated) / documents).toFixed(2)} %)`,
        goal: '≤ 5 %',
        met: repeated <= documents * 0.05,
      },
    ]
  } finally {
    await log.close()
    await pool.end()
    await client.close()
    await bench.stop()
  }
}

/** Edits at a steady rate, of which the latest is watched until readers see it, by whoever has nothing to watch. */
function flowing(made: Made, store: Store, documents: number) {
  let going = true
  let edits = 0
  let latencies: number[] = []
  const write = async () => {
    const began = performance.now()
    while (going) {
      edits++
      const at = { n: (edits * 7919) % documents, edit: edits, since: performance.now() }
      await made.write([at.n], at.edit)
      latest = at
      await pause(Math.max(0, began + (edits * 1000) / EDITS_A_SECOND - performance.now()))
    }
  }
  let latest: { readonly n: number; readonly edit: number; readonly since: number } | undefined
  let watched = 0
  const watch = async () => {
    while (going) {
      const edit = latest
      if (edit === undefined || edit.edit === watched) {
        await pause(5)
        continue
      }
      watched = edit.edit
      while (going && !(await store.find(made.id(edit.n)))?.title.endsWith(titleOf(edit.n, edit.edit))) await pause(10)
      if (going) latencies.push(performance.now() - edit.since)
    }
  }
  const both = Promise.all([write(), ...Array.from({ length: WATCHERS }, watch)])
  return {
    /** Latencies since the last time, ms. */
    taken(): readonly number[] {
      const taken = latencies
      latencies = []
      return taken
    },
    async stop() {
      going = false
      await both
    },
  }
}

interface Ground {
  readonly env: Readonly<Record<string, string>>
  readonly pool: pg.Pool
  readonly log: ReturnType<typeof kafkaLog>
  readonly client: Client
}

/** Documents a build killed half way had written and not committed: what it writes again. */
async function repeatedAfterKill({ env, pool, log, client }: Ground, say: (line: string) => void): Promise<number> {
  const third = beginRebuild(['--sink', 'opensearch'], env)
  const half = async () => {
    const row = (await generationRows(pool, 'opensearch')).find(({ number }) => number === 3)
    if (row === undefined || row.done === 0 || row.done < row.total / 2)
      throw new Error(`${row?.done} of ${row?.total}`)
  }
  await until('half of it being built', half, { withinMs: 600_000, everyMs: 50 })
  third.child.kill('SIGKILL')
  await third.ended
  const committed = await log.committed('sink-opensearch-g3', TOPIC)
  await client.indices.refresh({ index: 'documents-g3' })
  const should = committed.map((offset, partition) => ({
    bool: { filter: [{ term: { partition } }, { range: { version: { gte: Math.max(0, offset) } } }] },
  }))
  const { body } = await client.count({ index: 'documents-g3', body: { query: { bool: { should } } } as never })
  const resumed = beginRebuild(['--sink', 'opensearch'], env)
  if ((await resumed.ended) !== 0) throw new Error(`the rebuild did not go on: ${resumed.printed()}`)
  say('killed with -9 half way, went on, is live')
  return body.count
}
