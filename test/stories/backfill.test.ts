/** Backfill against the emulated Attio, on a memory log: directory, streams, resuming, what is skipped, what is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AttioClient, AttioClock } from '@attio-stream/attio'
import { Brake, DIRECTORY, fanOut, type RunsOptions, type Walks, walkOne, walksInMemory } from '@attio-stream/backfill'
import type { Change } from '@attio-stream/contracts'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { type AttioEmulator, type AttioEmulatorOptions, startAttioEmulator } from '../emulators/attio/index.ts'
import { truth } from '../emulators/attio/truth.ts'
import { until } from '../support/until.ts'

interface Rig extends AsyncDisposable {
  readonly attio: AttioEmulator
  readonly log: MemoryLog
  readonly walks: Walks
  readonly refused: string[]
  readonly workspace: string
  options(signal?: AbortSignal): RunsOptions
  /** A whole run; gives the outcome of every stream by its title. */
  run(name: string, options?: RunsOptions): Promise<Record<string, string>>
  changes(): Promise<readonly Change[]>
}
const never = new AbortController().signal

async function given(options: AttioEmulatorOptions = {}): Promise<Rig> {
  const attio = await startAttioEmulator({ size: 'small', limits: 'off', ...options })
  const { id: workspace, token } = attio.workspaces[0] ?? assert.fail('no workspace')
  const log = memoryLog({ topics: { 'attio.changes': 4, 'crm.dead-letters': 1 } })
  const codec = memoryCodec()
  const walks = walksInMemory()
  const refused: string[] = []
  const client = new AttioClient({ token, baseUrl: attio.url, share: 'backfill', retries: 0 })
  const rig: Rig = {
    attio,
    log,
    walks,
    refused,
    workspace,
    options: () => ({
      clientOf: () => client,
      refused: async (id) => void refused.push(id),
      publisher: publisher(log, codec),
      walks,
      brake: new Brake({ log, watched: [], maxLag: 1 }),
    }),
    async run(run, options = rig.options()) {
      await walks.begin(workspace, run)
      await fanOut({ workspace, run, stream: DIRECTORY }, options, never)
      for (const { stream } of await walks.ofRun(workspace, run))
        if (stream !== DIRECTORY) await walkOne({ workspace, run, stream }, options, never).catch(() => undefined)
      return Object.fromEntries((await walks.ofRun(workspace, run)).map((walk) => [walk.title, walk.state]))
    },
    async changes() {
      const found: Change[] = []
      const from = new Map([0, 1, 2, 3].map((partition) => [partition, 0]))
      const onMessages = (_: number, messages: readonly { value: Buffer | null }[]): void => {
        for (const { value } of messages) if (value !== null) found.push(codec.decode('attio.changes', value))
      }
      await log.read({ topic: 'attio.changes', from, until: 'end', onMessages }).done
      return found
    },
    [Symbol.asyncDispose]: () => attio.stop(),
  }
  return rig
}

/** Ids of everything there is, as the truth has it. */
function everything(attio: AttioEmulator): readonly string[] {
  const { records, entries, notes, tasks } = truth(attio.world, { kind: 'ids' }) as {
    records: Record<string, string[]>
    entries: Record<string, string[]>
    notes: string[]
    tasks: string[]
  }
  return [...Object.values(records).flat(), ...Object.values(entries).flat(), ...notes, ...tasks]
}
const THINGS = ['record', 'entry', 'note', 'task']

test('a run brings every record, entry, note and task once, after the directory', async () => {
  await using rig = await given()
  const outcome = await rig.run('r1')
  assert.deepEqual([...new Set(Object.values(outcome))], ['done'])
  const changes = await rig.changes()
  const things = changes.filter(({ kind }) => THINGS.includes(kind))
  assert.deepEqual(things.map(({ id }) => id).toSorted(), everything(rig.attio).toSorted())
  for (const kind of ['object', 'list', 'member'])
    assert.ok(
      changes.some((change) => change.kind === kind),
      kind,
    )
  const attributes = changes.find(({ kind }) => kind === 'object')?.payload
  assert.ok((JSON.parse(attributes ?? '') as { attributes: unknown[] }).attributes.length > 3)
  for (const { source, fence } of changes) assert.ok(source === 'backfill' && fence > 0)
})

test('no record is read one by one', async () => {
  await using rig = await given()
  rig.attio.counters.reset()
  await rig.run('r1')
  for (const call of Object.keys(rig.attio.counters.values.calls))
    assert.doesNotMatch(call, /records\/\{?:?record/, call)
})

test('a run broken off at any publish goes on from its last page and misses nothing', async () => {
  await using rig = await given({ records: 1300 })
  let failures = 0
  const options = rig.options()
  const breaking: RunsOptions = {
    ...options,
    publisher: {
      publish: async (outputs) => {
        if (failures < 6 && Math.random() < 0.4) {
          failures += 1
          throw new Error('the brokers are away')
        }
        await options.publisher.publish(outputs)
      },
    },
  }
  await rig.walks.begin(rig.workspace, 'r1')
  const again = async (work: () => Promise<unknown>): Promise<void> => {
    for (let n = 0; n < 20; n += 1)
      try {
        await work()
        return
      } catch (error) {
        assert.equal((error as Error).name, 'RunLater')
      }
    assert.fail('never done')
  }
  await again(() => fanOut({ workspace: rig.workspace, run: 'r1', stream: DIRECTORY }, breaking, never))
  for (const { stream } of await rig.walks.ofRun(rig.workspace, 'r1'))
    if (stream !== DIRECTORY)
      await again(() => walkOne({ workspace: rig.workspace, run: 'r1', stream }, breaking, never))
  const met = new Set((await rig.changes()).filter(({ kind }) => THINGS.includes(kind)).map(({ id }) => id))
  assert.deepEqual([...met].toSorted(), everything(rig.attio).toSorted())
})

test('the cursor of a page is kept only after the brokers have the page', async () => {
  await using rig = await given()
  const options = rig.options()
  await rig.walks.begin(rig.workspace, 'r1')
  await fanOut({ workspace: rig.workspace, run: 'r1', stream: DIRECTORY }, options, never)
  const away: RunsOptions = { ...options, publisher: { publish: () => Promise.reject(new Error('away')) } }
  const key = { workspace: rig.workspace, run: 'r1', stream: 'notes' }
  await assert.rejects(walkOne(key, away, never), { name: 'RunLater' })
  const walk = await rig.walks.find(key)
  assert.deepEqual([walk?.cursor, walk?.rows, walk?.state], [null, 0, 'waiting'])
})

test('an object disabled after the plan was made is skipped with its reason; the others are walked', async () => {
  await using rig = await given()
  const options = rig.options()
  await rig.walks.begin(rig.workspace, 'r1')
  await fanOut({ workspace: rig.workspace, run: 'r1', stream: DIRECTORY }, options, never)
  rig.attio.edit.disableObject({ object: 'deals' })
  const deals =
    (await rig.walks.ofRun(rig.workspace, 'r1')).find(({ title }) => title === 'deals') ?? assert.fail('no deals')
  const outcome = await walkOne(deals, options, never)
  assert.ok(outcome.kind === 'skipped' && outcome.daily)
  assert.equal((await walkOne({ ...deals, stream: 'notes' }, options, never)).kind, 'done')
})

test('a missing scope skips its stream; the rest of the run is done', async () => {
  await using rig = await given()
  const token = rig.attio.workspaces[0]?.token ?? ''
  const scopes = [
    'record_permission:read',
    'object_configuration:read',
    'list_configuration:read',
    'list_entry:read',
    'user_management:read',
    'task:read',
  ]
  rig.attio.edit.setScopes({ token, scopes })
  const outcome = await rig.run('r1')
  assert.equal(outcome.notes, 'skipped')
  assert.equal(outcome.people, 'done')
})

test('a revoked token stops the run without ending it', async () => {
  await using rig = await given()
  const options = rig.options()
  await rig.walks.begin(rig.workspace, 'r1')
  await fanOut({ workspace: rig.workspace, run: 'r1', stream: DIRECTORY }, options, never)
  rig.attio.edit.revokeToken({ token: rig.attio.workspaces[0]?.token ?? '' })
  const key = { workspace: rig.workspace, run: 'r1', stream: 'tasks' }
  await assert.rejects(walkOne(key, options, never), { name: 'RunLater' })
  assert.deepEqual(rig.refused, [rig.workspace])
  assert.equal((await rig.walks.find(key))?.state, 'waiting')
})

test('edits, additions and deletions during a run lose nothing that was there all the time', async () => {
  await using rig = await given({ records: 1500 })
  const there = new Set(everything(rig.attio))
  const { records, tasks } = truth(rig.attio.world, { kind: 'ids' }) as {
    records: Record<string, string[]>
    tasks: string[]
  }
  const [people = [], doomedTasks] = [records.people, tasks.slice(0, 15)]
  let page = 0
  const outcome = await rig.run('r1', {
    ...rig.options(),
    onPage: () => {
      page += 1
      const record = people[page * 3]
      if (record !== undefined) {
        rig.attio.edit.deleteRecord({ record })
        there.delete(record)
      }
      const task = doomedTasks.pop()
      if (task !== undefined) {
        rig.attio.edit.deleteTask({ task })
        there.delete(task)
      }
      rig.attio.edit.createRecord({ object: 'companies', values: { name: `New ${page}` } })
    },
  })
  assert.deepEqual([...new Set(Object.values(outcome))], ['done'])
  const still = new Set(everything(rig.attio))
  const met = new Set((await rig.changes()).map(({ id }) => id))
  for (const id of there) if (still.has(id)) assert.ok(met.has(id), `${id} was skipped`)
})

test('a process that slept with a page in hand does not publish it, and reads it anew', async () => {
  await using rig = await given({ records: 1300 })
  const options = rig.options()
  let asleep = 0
  const { token } = rig.attio.workspaces[0] ?? assert.fail('no workspace')
  const clock = new AttioClock(() => Date.now() + asleep)
  const client = new AttioClient({ token, baseUrl: rig.attio.url, clock, retries: 0 })
  const sleepy: RunsOptions = {
    ...options,
    clientOf: () => client,
    publisher: {
      publish: async (outputs) => {
        // The second page is read while the first is being published.
        await until('two pages', async () => {
          const calls = Object.entries(rig.attio.counters.values.calls)
          assert.ok(calls.some(([call, times]) => call.includes('records/query') && times >= 2))
        })
        asleep = 6 * 60_000
        await options.publisher.publish(outputs)
      },
    },
  }
  await rig.walks.begin(rig.workspace, 'r1')
  await fanOut({ workspace: rig.workspace, run: 'r1', stream: DIRECTORY }, options, never)
  const people = (await rig.walks.ofRun(rig.workspace, 'r1')).find(({ title }) => title === 'people')
  const key = people ?? assert.fail('no people')
  rig.attio.counters.reset()
  await assert.rejects(walkOne(key, sleepy, never), { name: 'RunLater', message: /too long ago/ })
  const before = await rig.walks.find(key)
  assert.equal(before?.pages, 1, 'the first page is kept')
  assert.equal((await walkOne(key, options, never)).kind, 'done')
  const { records } = truth(rig.attio.world, { kind: 'ids' }) as { records: Record<string, string[]> }
  const met = (await rig.changes()).flatMap((change) => (change.object_id === key.stream.slice(8) ? [change.id] : []))
  for (const id of records.people ?? []) assert.ok(met.includes(id), id)
})
