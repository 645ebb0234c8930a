/** Sweeps on a real Postgres: one run for any number who ask, taken up again, summarised; and what makes one begin by itself. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { AttioClient } from '@attio-stream/attio'
import type { Change, Notice, RecordState } from '@attio-stream/contracts'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { sql } from 'kysely'
import { PgBoss } from 'pg-boss'
import { Brake } from './brake.ts'
import { Jobs, type SweepWork } from './jobs.ts'
import { type LookOptions, lookAtAll } from './look.ts'
import { walksIn } from './walks-in-postgres.ts'
import { watchBookIn } from './watch-in-postgres.ts'

let directory: string
let stack: Stack
let control: Control
let databaseUrl: string
const codec = memoryCodec()

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-sweep-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  databaseUrl = stack.addresses.databaseUrl ?? assert.fail('no Postgres')
  control = await openControl({ databaseUrl })
})
after(async () => {
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** An Attio of one object with the records r1 and r2, a webhook, and nothing else. */
interface Attio {
  readonly client: AttioClient
  webhook: string
  attributes: readonly unknown[]
  stop(): Promise<unknown>
}
async function attioOf(): Promise<Attio> {
  const attio = { webhook: 'active', attributes: [] as readonly unknown[] }
  const records = ['r1', 'r2'].map((id) => ({ id: { record_id: id }, created_at: '2026-01-01', values: {} }))
  const answer = (path: string): unknown => {
    if (path === '/v2/objects') return [{ id: { workspace_id: 'w', object_id: 'o1' }, api_slug: 'o1' }]
    if (path === '/v2/objects/o1/attributes') return attio.attributes
    if (path === '/v2/objects/o1/records/query') return records
    if (path.startsWith('/v2/webhooks/'))
      return {
        id: { workspace_id: 'w', webhook_id: 'h' },
        target_url: 'https://x.example',
        subscriptions: [],
        status: attio.webhook,
      }
    return []
  }
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: answer((request.url ?? '').split('?')[0] ?? '') }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const client = new AttioClient({ token: 't', baseUrl: `http://127.0.0.1:${port}`, retries: 0 })
  return Object.assign(attio, { client, stop: () => new Promise((resolve) => server.close(resolve)) })
}

/** A log in which r1, r2 and r3 are known, and r4 that died. */
async function logOf(workspace: string): Promise<MemoryLog> {
  const topics = { 'attio.notices': 1, 'attio.changes': 2, 'crm.records': 2, 'crm.children': 2, 'crm.dead-letters': 1 }
  const log = memoryLog({ topics })
  const state = (deleted: boolean): RecordState => ({
    workspace_id: workspace,
    object_id: 'o1',
    fence: 1,
    hash: '',
    deleted,
    body: null,
  })
  await publisher(log, codec).publish(
    ['r1', 'r2', 'r3', 'r4'].map((key) => {
      const headers = { workspace, ...(key === 'r4' ? { deleted: '1' } : {}) }
      return { topic: 'crm.records', key, value: state(key === 'r4'), headers }
    }),
  )
  return log
}
async function valuesOf<T>(log: MemoryLog, topic: 'attio.notices' | 'attio.changes'): Promise<readonly T[]> {
  const found: T[] = []
  const from = new Map((await log.ends(topic)).map((_, partition) => [partition, 0]))
  await log.read({
    topic,
    from,
    until: 'end',
    onMessages: (_, messages) => {
      for (const { value } of messages) if (value !== null) found.push(codec.decode(topic, value) as T)
    },
  }).done
  return found
}
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await pause(50))
    if (await holds()) return
  assert.fail(`${what} did not happen`)
}
const jobsOf = (schedule = false): Promise<Jobs> => Jobs.open({ databaseUrl, schedule, onError: () => undefined })
const never = new AbortController().signal
const sweepOf = (workspace: string) => ({ workspace, kind: 'sweep', reason: 'a test' }) as const
function work(attio: Attio, log: MemoryLog, more: Partial<SweepWork> = {}): SweepWork {
  return {
    kind: 'sweep',
    clientOf: () => attio.client,
    refused: async () => undefined,
    publisher: publisher(log, codec),
    walks: walksIn(control),
    brake: new Brake({ log: { ends: async () => [], committed: async () => [] }, watched: [], maxLag: 1 }),
    workers: 2,
    perWorkspace: 1,
    signal: never,
    log,
    codec,
    grace: 0,
    patience: 0,
    onSummary: () => undefined,
    ...more,
  }
}

test('a sweep walks everything, nominates what it knew and did not meet, and leaves a summary', async () => {
  const [attio, log, walks, jobs] = [await attioOf(), await logOf('s1'), walksIn(control), await jobsOf()]
  try {
    const { run } = await jobs.enqueue(sweepOf('s1'), walks, new Date())
    await jobs.work(work(attio, log))
    await until('the summary', async () => (await walks.summary('s1', run)) !== null)
    const changes = await valuesOf<Change>(log, 'attio.changes')
    assert.deepEqual([...new Set(changes.map(({ source }) => source))], ['sweep'])
    assert.deepEqual(changes.flatMap(({ kind, id }) => (kind === 'record' ? [id] : [])).toSorted(), ['r1', 'r2'])
    const notices = await valuesOf<Notice>(log, 'attio.notices')
    assert.deepEqual(
      notices.map(({ id, source, nominates, object_id }) => [id, source, nominates, object_id]),
      [['r3', 'sweep', true, 'o1']],
    )
    assert.deepEqual(await walks.summary('s1', run), { nominated: 1, healed: {}, early: 0, complete: false })
    await until('the end of the run', async () => (await walks.unfinished('s1', 'sweep')) === undefined)
  } finally {
    await jobs.stop()
    await attio.stop()
  }
})

test('any number who ask at once get one run, and a run that is over leaves room for the next', async () => {
  const walks = walksIn(control)
  const opened = await Promise.all(
    Array.from({ length: 12 }, (_, n) => walks.open({ ...sweepOf('s2'), run: `sweep-${n % 3}` })),
  )
  assert.equal(new Set(opened.map(({ run }) => run)).size, 1)
  assert.equal(opened.filter(({ created }) => created).length, 1)
  const other = await walks.open({ workspace: 's2', kind: 'backfill', run: 'b', reason: '' })
  assert.ok(other.created, 'a backfill is another kind of run')
  const run = opened[0]?.run ?? ''
  assert.equal(await walks.end('s2', run), false, 'a stream is still to be walked')
  await walks.set({ workspace: 's2', run, stream: 'directory' }, 'done')
  const next = await walks.open({ ...sweepOf('s2'), run })
  assert.deepEqual([next.created, next.run], [true, `${run}.1`], 'even under the same name')
})

test('a sweep whose process was killed is taken up, and remembers what had been met before', async () => {
  const [attio, log, walks, jobs] = [await attioOf(), await logOf('s3'), walksIn(control), await jobsOf()]
  const dead = new PgBoss({ connectionString: databaseUrl, schema: 'jobs', supervise: false, schedule: false })
  try {
    const { run } = await jobs.enqueue(sweepOf('s3'), walks, new Date())
    await dead.start()
    assert.equal((await dead.fetch('sweep')).length, 1)
    const first = work(attio, log)
    const key = { workspace: 's3', run }
    const { planSweep } = await import('./sweep.ts')
    const { walkOne } = await import('./runs.ts')
    await planSweep(key, first, never)
    await walkOne({ ...key, stream: 'records/o1' }, first, never)
    const since = await walks.since('s3', run)
    await jobs.work(work(attio, log))
    await until('the summary', async () => (await walks.summary('s3', run)) !== null)
    assert.deepEqual(await walks.since('s3', run), since, 'where it began is kept')
    const walked = (await valuesOf<Change>(log, 'attio.changes')).filter(({ kind }) => kind === 'record')
    assert.equal(walked.length, 2, 'what was walked is not walked again')
    assert.deepEqual(
      (await valuesOf<Notice>(log, 'attio.notices')).map(({ id }) => id),
      ['r3'],
    )
  } finally {
    await dead.stop({ graceful: false })
    await jobs.stop()
    await attio.stop()
  }
})

test('a look begins the sweep that is due, once, and not while a backfill walks', async () => {
  const [attio, walks] = [await attioOf(), walksIn(control)]
  const book = watchBookIn(control)
  const due: string[] = []
  const asked: string[] = []
  const look = (more: Partial<LookOptions> = {}): Promise<void> =>
    lookAtAll({
      workspaces: () => [{ workspace: 's4', webhook: 'h' }],
      clientOf: () => attio.client,
      book,
      walks,
      jobs: {
        enqueue: async (wanted) => {
          asked.push(wanted.reason ?? '')
          return walks.open({ ...wanted, run: `sweep-${asked.length}`, reason: '' })
        },
      },
      everyMs: 24 * 60 * 60 * 1000,
      signal: never,
      onDue: (_, reason) => due.push(reason),
      onTrouble: (_, error) => assert.fail(String(error)),
      ...more,
    })
  const over = async (kind: 'sweep' | 'backfill'): Promise<void> => {
    const run = (await walks.unfinished('s4', kind)) ?? assert.fail(`no ${kind}`)
    await walks.set({ workspace: 's4', run, stream: 'directory' }, 'done')
  }
  try {
    await look()
    await look()
    assert.deepEqual(due, [], 'nothing has happened')
    await walks.open({ workspace: 's4', kind: 'backfill', run: 'b1', reason: '' })
    attio.webhook = 'degraded'
    await look()
    await look()
    assert.deepEqual(due, [], 'a backfill walks')
    await over('backfill')
    await look()
    assert.deepEqual(due, ['its webhook is degraded'])
    await look()
    assert.deepEqual(due.length, 1)
    assert.deepEqual(asked, ['its webhook is degraded', ''], 'the job of one under way is asked for again')
    await over('sweep')
    attio.webhook = 'active'
    attio.attributes = [{ id: { attribute_id: 'a' }, api_slug: 'a', title: 'New', type: 'text' }]
    await look()
    assert.deepEqual(due.slice(1), ['its webhook was degraded'])
    await over('sweep')
    await look()
    assert.equal(due.length, 2, 'the schema is the one the last sweep began with')
    await sql`update control.sweep_watch set looked_at = now() - interval '5 days' where workspace_id = 's4'`.execute(
      control.db,
    )
    await look()
    assert.match(due[2] ?? '', /nobody looked for 5 days/)
    await over('sweep')
    await sql`update control.sweep_watch set since = now() - interval '2 days' where workspace_id = 's4'`.execute(
      control.db,
    )
    await sql`update control.runs set created_at = now() - interval '25 hours' where workspace_id = 's4'`.execute(
      control.db,
    )
    await look()
    assert.deepEqual(due.slice(3), ['it is time'])
    await over('sweep')
    await walks.unfinished('s4', 'sweep')
    await sql`update control.runs set ended_at = now() - interval '91 days' where workspace_id = 's4'`.execute(
      control.db,
    )
    await look({ workspaces: () => [] })
    assert.deepEqual(await walks.ofRun('s4', 'b1'), [], 'runs of long ago are forgotten')
  } finally {
    await attio.stop()
  }
})

test('looking is scheduled, and the first look is at once', async () => {
  const jobs = await jobsOf(true)
  const boss = new PgBoss({ connectionString: databaseUrl, schema: 'jobs', supervise: false, schedule: false })
  try {
    await boss.start()
    const first = Promise.withResolvers<void>()
    await jobs.watch(15, async () => first.resolve())
    await first.promise
    const schedules = await boss.getSchedules('sweep-watch')
    assert.deepEqual(
      schedules.map(({ cron }) => cron),
      ['*/15 * * * *'],
    )
  } finally {
    await boss.stop({ graceful: false })
    await jobs.stop()
  }
})
