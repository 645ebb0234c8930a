/** The queue of runs, the kept walks, parked notices and the shared budget, on a real Postgres. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { AttioClient, type Budget, Budgets, RATES } from '@attio-stream/attio'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import type { Output } from '@attio-stream/stream'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { Brake } from './brake.ts'
import { type BackfillWork, Jobs } from './jobs.ts'
import { walksIn } from './walks-in-postgres.ts'

let directory: string
let stack: Stack
let control: Control
let databaseUrl: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-backfill-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  databaseUrl = stack.addresses.databaseUrl ?? assert.fail('no Postgres')
  control = await openControl({ databaseUrl })
})
after(async () => {
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** An Attio of three objects with three records each, and nothing else. */
const fetchOf = (path: string): unknown => {
  if (path === '/v2/objects') return ['o1', 'o2', 'o3'].map((id) => ({ id: { object_id: id }, api_slug: id }))
  const object = /objects\/(o\d)\/records\/query/.exec(path)?.[1]
  if (object !== undefined)
    return [1, 2, 3].map((n) => ({ id: { record_id: `${object}-${n}` }, created_at: `2026-01-0${n}` }))
  return []
}

async function attioOf(answer: (path: string) => unknown) {
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: answer((request.url ?? '').split('?')[0] ?? '') }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}`, stop: () => new Promise((resolve) => server.close(resolve)) }
}
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await pause(50))
    if (await holds()) return
  assert.fail(`${what} did not happen`)
}
const backfillOf = (workspace: string) => ({ workspace, kind: 'backfill' }) as const
const jobsOf = (): Promise<Jobs> => Jobs.open({ databaseUrl, onError: () => undefined })
function work(url: string, published: Output[], signal: AbortSignal): BackfillWork {
  return {
    clientOf: () => new AttioClient({ token: 't', baseUrl: url, retries: 0 }),
    refused: async () => undefined,
    publisher: { publish: async (outputs) => void published.push(...outputs) },
    walks: walksIn(control),
    brake: new Brake({ log: { ends: async () => [], committed: async () => [] }, watched: [], maxLag: 1 }),
    workers: 3,
    perWorkspace: 2,
    signal,
  }
}

test('a run fans out into its streams and ends with all of them done; asked for twice it is one run', async () => {
  const attio = await attioOf(fetchOf)
  const walks = walksIn(control)
  const jobs = await jobsOf()
  const published: Output[] = []
  try {
    const first = await jobs.enqueue(backfillOf('w1'), walks, new Date())
    const second = await jobs.enqueue(backfillOf('w1'), walks, new Date())
    assert.deepEqual([second.run, second.created], [first.run, false])
    await jobs.work(work(attio.url, published, new AbortController().signal))
    await until('the run is done', async () => (await walks.unfinished('w1')) === undefined)
    const all = await walks.ofRun('w1', first.run)
    assert.equal(all.length, 6)
    assert.deepEqual([...new Set(all.map((walk) => walk.state))], ['done'])
    const records = published.filter((output) => output.topic === 'attio.changes' && output.value?.kind === 'record')
    assert.equal(new Set(records.map((output) => output.key)).size, 9)
    assert.ok(
      (await jobs.enqueue(backfillOf('w1'), walks, new Date())).created,
      'a run that ended leaves room for the next',
    )
  } finally {
    await jobs.stop()
    await attio.stop()
  }
})

test('a run whose process stopped is taken up by the next', async () => {
  let broken = true
  const attio = await attioOf((path) => (broken && path.endsWith('/query') ? undefined : fetchOf(path)))
  const walks = walksIn(control)
  const stopping = new AbortController()
  const first = await jobsOf()
  const published: Output[] = []
  const { run } = await first.enqueue(backfillOf('w2'), walks, new Date())
  await first.work(work(attio.url, published, stopping.signal))
  await until('the plan', async () => (await walks.ofRun('w2', run)).length > 1)
  stopping.abort(new Error('stopped'))
  await first.stop()
  broken = false
  const second = await jobsOf()
  try {
    await second.work(work(attio.url, published, new AbortController().signal))
    await until('the run is done', async () => (await walks.unfinished('w2')) === undefined)
    assert.ok((await walks.ofRun('w2', run)).every((walk) => walk.state === 'done'))
  } finally {
    await second.stop()
    await attio.stop()
  }
})

test('a run whose process was killed is taken up within half a minute', async () => {
  const attio = await attioOf(fetchOf)
  const walks = walksIn(control)
  const jobs = await jobsOf()
  // Takes the job as a worker does, and is never heard of again.
  const dead = new PgBoss({ connectionString: databaseUrl, schema: 'jobs', supervise: false, schedule: false })
  try {
    await jobs.enqueue(backfillOf('w4'), walks, new Date())
    await dead.start()
    assert.equal((await dead.fetch('backfill')).length, 1)
    await jobs.work(work(attio.url, [], new AbortController().signal))
    await until('the run is done', async () => (await walks.unfinished('w4')) === undefined)
  } finally {
    await dead.stop({ graceful: false })
    await jobs.stop()
    await attio.stop()
  }
})

test('a cursor comes back as it was kept', async () => {
  const walks = walksIn(control)
  const key = { workspace: 'w3', run: 'r', stream: 'notes' }
  await walks.plan('w3', 'r', [{ name: 'notes', title: 'notes' }])
  const position = { after: null, offset: 50 }
  const cursor = { position, trail: [{ id: 'n1', position }], floor: { after: '2026-01-01', offset: 0 } }
  await walks.advance(key, { cursor, rows: 50, rejected: 1 })
  await walks.advance(key, { cursor, rows: 5, rejected: 0 })
  const walk = await walks.find(key)
  assert.deepEqual([walk?.cursor, walk?.rows, walk?.pages], [cursor, 55, 2])
})

test('processes share one budget through Postgres, and the wait after a 429', async () => {
  const pools = [
    new pg.Pool({ connectionString: databaseUrl, max: 2 }),
    new pg.Pool({ connectionString: databaseUrl, max: 2 }),
  ]
  try {
    const processes: Budget[] = []
    for (const pool of pools) processes.push((await Budgets.inPostgres(pool, RATES, { schema: 'control' })).of('w'))
    const signal = AbortSignal.timeout(1500)
    let granted = 0
    const use = async (budget: (typeof processes)[number]): Promise<void> => {
      while (!signal.aborted) {
        await budget.take({ share: 'live' }, signal).catch(() => undefined)
        if (!signal.aborted) granted += 1
      }
    }
    await Promise.all(processes.map(use))
    assert.ok(granted <= RATES.total * 1.75, `${granted} in 1.5 s`)
    assert.ok(granted >= RATES.total * 0.8, `${granted} in 1.5 s`)
    const [one, other] = processes
    const closed = Date.now()
    await one?.limited(900)
    await other?.take({ share: 'live' })
    assert.ok(Date.now() - closed >= 900, 'the other process waited too')
  } finally {
    for (const pool of pools) await pool.end()
  }
})
