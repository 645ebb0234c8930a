import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogUnavailable, letterId, type MemoryLog, sha256 } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import { alive, codec, TOPIC, titles, until, WORKSPACE, world } from './given-run.ts'
import { StoreError } from './sink.ts'

test('a store that is down is tried again without end, the sink is amber meanwhile and says why', async (t) => {
  let down = true
  const w = world(t, {
    before: () => {
      if (down) throw new StoreError('the disk is full')
    },
  })
  await w.send('a0', alive('a0', 'x'))
  const app = w.run()
  await until('it is amber', () => app.health().state === 'amber')
  assert.match(app.health().reason, /memory cannot be written: the disk is full/)
  await until('it was tried three times', () => w.sink.calls.length >= 3)
  assert.equal((await w.committed())[0], -1)
  down = false
  await until('it is committed', async () => (await w.committed())[0] === 1)
  await until('it is green', () => app.health().state === 'green')
})

test('only what a store says is left is written again', async (t) => {
  let first = true
  const w = world(t, {
    before: (writes) => {
      if (!first) return
      first = false
      throw new StoreError('busy', { remaining: writes.filter(({ id }) => id === 'b0') })
    },
  })
  await w.send('a0', alive('a0', 'x'))
  await w.send('b0', alive('b0', 'x'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(
    w.sink.calls.map((call) => call.map(({ id }) => id)),
    [['b0', 'a0'], ['b0']],
  )
})

test('a store that asks for less gets fewer calls at the same time, and all of them again when it keeps up', async (t) => {
  let asking = true
  const w = world(t, {
    before: () => {
      if (asking) throw new StoreError('too many requests', { busy: true })
    },
  })
  const allowed = async () => (await w.metrics.getSingleMetric('sink_concurrency')?.get())?.values[0]?.value
  await w.send('a0', alive('a0', 'x'))
  w.run({ limits: { concurrency: 2, lingerMs: 1 } })
  await until('it makes one call at a time', async () => (await allowed()) === 1)
  asking = false
  await until('it is committed', async () => (await w.committed())[0] === 1)
  assert.equal(await allowed(), 2)
})

test('a store that cannot be opened makes the sink amber, and it opens later', async (t) => {
  let down = true
  const w = world(t, {
    opening: () => {
      if (down) throw new StoreError('nobody listens')
    },
  })
  const app = w.run()
  await until('it is amber', () => app.health().state === 'amber')
  assert.match(app.health().reason, /cannot be opened: nobody listens/)
  down = false
  await until('it is green', () => app.health().state === 'green')
})

test('a store of another shape stops the sink with its sentence', async (t) => {
  const w = world(t, {
    opening: () => {
      throw new Error('The table has another shape.')
    },
  })
  const app = w.run()
  await assert.rejects(app.failed, /another shape/)
  assert.equal(app.health().state, 'red')
})

test('a refused document is buried with its bytes and its neighbours are written', async (t) => {
  const w = world(t, { refuse: ({ document }) => (document.title === 'bad' ? 'The store never takes it.' : undefined) })
  await w.send('a0', alive('a0', 'good'))
  await w.send('b0', alive('b0', 'bad'))
  await w.send('c0', alive('c0', 'good'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 3)
  assert.deepEqual(titles(w, 'a0', 'b0', 'c0'), ['good', null, 'good'])
  const [letter, ...others] = await w.letters()
  assert.equal(others.length, 0)
  assert.equal(letter?.key, 'b0')
  const { buried_at, value, value_size, value_sha256, key, ...rest } = letter?.letter ?? assert.fail()
  assert.deepEqual(rest, {
    workspace_id: WORKSPACE,
    stage: 'sink-memory',
    reason: 'The store never takes it.',
    fault: 'refused',
    attempts: 1,
    topic: TOPIC,
    partition: 0,
    offset: 1,
    headers: { workspace: WORKSPACE },
  })
  assert.deepEqual([value_size, value_sha256], [value?.length, sha256(value ?? assert.fail())])
  assert.ok(buried_at > 0)
  assert.equal(String(key), 'b0')
  assert.deepEqual(value, codec.encode(TOPIC, alive('b0', 'bad')))
})

test('a message that is no artifact is buried and stops nobody', async (t) => {
  const w = world(t)
  await w.send('a0', Buffer.from('not avro at all'))
  await w.send('b0', { ...alive('b0', 'x'), body: 'not json' })
  await w.send('c0', { ...alive('other', 'x') })
  await w.send('d0', alive('d0', 'good'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 4)
  assert.deepEqual(titles(w, 'd0'), ['good'])
  assert.deepEqual((await w.letters()).map(({ key }) => key).sort(), ['a0', 'b0', 'c0'])
})

test('a later version of a buried document supersedes it', async (t) => {
  const w = world(t, { refuse: ({ document }) => (document.title === 'bad' ? 'Never.' : undefined) })
  await w.send('a0', alive('a0', 'bad'))
  w.run()
  await until('it is buried', async () => (await w.letters()).length === 1)
  await w.send('a0', alive('a0', 'good'))
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(titles(w, 'a0'), ['good'])
})

test('the newest version that can be read stands for one that cannot', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'good'))
  await w.send('a0', Buffer.from('not avro at all'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(titles(w, 'a0'), ['good'])
  assert.equal((await w.letters()).length, 1)
})

test('when most documents are refused the sink stops, red, and buries none of that batch', async (t) => {
  const w = world(t, { refuse: () => 'The mapping has no such field.' })
  for (let n = 0; n < 30; n++) await w.send(`k${n}0`, alive(`k${n}0`, 'x'))
  const app = w.run({ limits: { documents: 100, lingerMs: 50 } })
  await until('it is red', () => app.health().state === 'red')
  assert.match(app.health().reason, /the sink memory is wrong, not the data: The mapping has no such field/)
  assert.equal((await w.letters()).length, 0)
  assert.equal((await w.committed())[0], -1)
  await app.stop()
})

test('R12: a dead letter that cannot be written stops the sink, nothing is committed, and a restart buries it', async (t) => {
  const w = world(t, { refuse: () => 'Never.' })
  await w.send('a0', alive('a0', 'x'))
  w.log.refuse('crm.dead-letters', true)
  const app = w.run({}, true)
  await assert.rejects(app.failed, LogUnavailable)
  assert.equal((await w.committed())[0], -1)
  await app.stop()
  w.log.refuse('crm.dead-letters', false)
  w.run({ metrics: new Registry() })
  await until('it is committed', async () => (await w.committed())[0] === 1)
  assert.equal((await w.letters()).length, 1)
})

test('R12: a sink killed between burial and commit buries again under the same id', async (t) => {
  const w = world(t, { refuse: () => 'Never.' })
  await w.send('a0', alive('a0', 'x'))
  const dying: MemoryLog = w.log.connect({
    pause: async (point) => {
      if (point === 'commit') dying.crash()
    },
  })
  w.run({ log: dying }, true)
  await until('it is buried', async () => (await w.letters()).length === 1)
  w.run({ metrics: new Registry() })
  await until('it is committed', async () => (await w.committed())[0] === 1)
  const ids = (await w.letters()).map(({ letter }) => letterId(letter))
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1])
})

test('a bug of the formatter stops the sink loudly and buries nothing', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'x'))
  const app = w.run({
    format: () => {
      throw new TypeError('undefined is not a function')
    },
  })
  await assert.rejects(app.failed, TypeError)
  assert.equal(app.health().state, 'red')
  assert.equal((await w.letters()).length, 0)
  assert.equal((await w.committed())[0], -1)
})
