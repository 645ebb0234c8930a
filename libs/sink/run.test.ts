import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alive, dead, titles, until, world } from './given-run.ts'

test('an artifact becomes a document, a dead one a mark, and a tombstone nothing', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'Company: A'))
  await w.send('b0', alive('b0', 'Company: B'))
  await w.send('b0', dead('b0'))
  await w.send('c1', dead('c1'))
  await w.send('c1', null)
  w.run()
  await until('all is committed', async () => String(await w.committed()) === '3,2')
  assert.deepEqual(titles(w, 'a0', 'b0', 'c1'), ['Company: A', null, null])
  const held = await Array.fromAsync(w.sink.scan())
  assert.deepEqual(
    held.map(({ id, version, deleted }) => ({ id, version, deleted })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    [
      { id: 'a0', version: 0, deleted: false },
      { id: 'b0', version: 2, deleted: true },
    ],
  )
})

test('within a batch only the newest of a document is written', async (t) => {
  const w = world(t)
  for (const name of ['1', '2', '3']) await w.send('a0', alive('a0', name))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 3)
  assert.deepEqual(
    w.sink.calls.flat().map(({ version }) => version),
    [2],
  )
})

test('partitions share a store call, up to the limit', async (t) => {
  const w = world(t)
  for (let n = 0; n < 40; n++) await w.send(`k${n}`, alive(`k${n}`, 'x'))
  w.run({ limits: { documents: 25, lingerMs: 5, concurrency: 1 } })
  await until('all is committed', async () => String(await w.committed()) === '20,20')
  assert.ok(w.sink.calls.every((call) => call.length <= 25))
  assert.ok(w.sink.calls.some((call) => new Set(call.map(({ partition }) => partition)).size === 2))
})

test('offsets are committed only after the write is durable', async (t) => {
  const durable = Promise.withResolvers<void>()
  const w = world(t, { after: () => durable.promise })
  await w.send('a0', alive('a0', 'x'))
  w.run()
  await until('the write is under way', () => w.sink.calls.length === 1)
  assert.equal((await w.committed())[0], -1)
  durable.resolve()
  await until('it is committed', async () => (await w.committed())[0] === 1)
})
