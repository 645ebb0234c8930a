import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Sink, StoreError, type Write } from '@attio-stream/sink'
import { givenDelete } from '@attio-stream/sink/given'
import { MemorySink } from '@attio-stream/sink/memory'
import { alive, dead, givenWorld, put } from './given.ts'
import { type RepairOptions, repair } from './repair.ts'
import { repairLines } from './report.ts'
import { exitCodeOf } from './verify.ts'

const forever = new AbortController().signal

async function damaged(store: Sink, ...writes: readonly Write[]): Promise<Sink> {
  for (const write of writes) await store.write([write], forever)
  return store
}
const titles = (store: MemorySink, ids: string) => [...ids].map((id) => store.get('w1', id)?.document.title ?? null)
const quick = { pausesMs: [0, 1] } satisfies Partial<RepairOptions>

test('everything that differs is written again, and nothing else', async () => {
  const w = await givenWorld(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => [id, alive(id, id)] as const))
  await w.send('h', dead('h'))
  await w.send('i', dead('i'))
  await w.commit(9)
  const store = new MemorySink()
  await damaged(
    store,
    put('b', 0, 'b'),
    put('c', 99, 'c'),
    put('d', 3, 'edited'),
    givenDelete({ id: 'e', version: 4, workspace: 'w1' }),
    { ...put('f', 5, 'f'), workspace: 'w2' },
    put('g', 6, 'g'),
    put('h', 6, 'h'),
    put('z', 1, 'z'),
  )
  store.calls.length = 0
  const report = await repair({ ...w.options(store), ...quick })
  assert.equal(report.before.stores[0]?.differences.length, 9)
  assert.deepEqual([exitCodeOf(report.after), report.repairs.length], [0, 1])
  assert.deepEqual(titles(store, 'abcdefghiz'), ['a', 'b', 'c', 'd', 'e', 'f', 'g', null, null, null])
  assert.ok(store.calls.flat().every(({ id }) => id !== 'g'))
  const calls = store.calls.length
  const again = await repair({ ...w.options(store), ...quick })
  assert.deepEqual([exitCodeOf(again.after), again.repairs, store.calls.length], [0, [], calls])
})

test('what the live sink writes meanwhile is never overwritten', async () => {
  const w = await givenWorld([
    ['a', alive('a', 'a')],
    ['b', alive('b', 'b')],
  ])
  let racing = true
  const store: MemorySink = new MemorySink({
    before: async () => {
      if (!racing) return
      racing = false
      await w.send('a', alive('a', 'newer'))
      await w.send('b', dead('b'))
      await store.write([put('a', 2, 'newer'), givenDelete({ id: 'b', version: 3, workspace: 'w1' })], forever)
      await w.commit(4)
    },
  })
  const report = await repair({ ...w.options(store), ...quick })
  assert.equal(report.before.stores[0]?.differences.length, 2)
  assert.equal(exitCodeOf(report.after), 0)
  assert.deepEqual(titles(store, 'ab'), ['newer', null])
})

test('a document forgotten while it is written again does not come back', async () => {
  const w = await givenWorld([['a', alive('a', 'a')]])
  let racing = true
  const store: MemorySink = new MemorySink({
    before: async () => {
      if (!racing) return
      racing = false
      await w.send('a', null)
      await w.commit(2)
    },
  })
  const report = await repair({ ...w.options(store), ...quick, workspace: 'w1' })
  assert.equal(exitCodeOf(report.after), 0)
  assert.deepEqual(titles(store, 'a'), [null])
})

test('documents of a workspace that crm.artifacts does not know stay, unless it is named', async () => {
  const w = await givenWorld([['a', alive('a', 'a')]])
  const store = new MemorySink()
  await damaged(store, put('a', 0, 'a'), put('x', 0, 'x', 'w2'))
  const report = await repair({ ...w.options(store), ...quick })
  assert.deepEqual([exitCodeOf(report.after), report.repairs, report.foreign], [1, [], 1])
  assert.match(repairLines(report).join('\n'), /1 are of workspaces crm.artifacts does not know/)
  assert.ok(store.get('w2', 'x'))
  assert.equal(exitCodeOf((await repair({ ...w.options(store), ...quick, workspace: 'w2' })).after), 0)
  assert.equal(store.get('w2', 'x'), undefined)
})

test('a store that ignores a write of a version it has is written after forgetting what it holds', async () => {
  const w = await givenWorld([['a', alive('a', 'a')]])
  const kept = new MemorySink()
  await damaged(kept, put('a', 0, 'edited'))
  const store: Sink = {
    name: 'memory',
    open: async () => {},
    write: async (writes, signal) => {
      const held = new Set((await Array.fromAsync(kept.scan())).map(({ id, version }) => `${id} ${version}`))
      return await kept.write(
        writes.filter(({ kind, id, version }) => kind === 'forget' || !held.has(`${id} ${version}`)),
        signal,
      )
    },
    refresh: async () => {},
    scan: () => kept.scan(),
    close: async () => {},
  }
  const report = await repair({ ...w.options(store), ...quick })
  assert.deepEqual([exitCodeOf(report.after), report.repairs.map(({ round }) => round)], [0, [1, 2]])
})

test('trouble of the store is waited out; what it refuses is named and left', async () => {
  const w = await givenWorld([
    ['a', alive('a', 'a')],
    ['b', alive('b', 'b')],
  ])
  let failures = 1
  const store = new MemorySink({
    before: () => {
      if (failures-- > 0) throw new StoreError('Busy.')
    },
    refuse: ({ id }) => (id === 'b' ? 'Too long.' : undefined),
  })
  const report = await repair({ ...w.options(store), ...quick })
  assert.deepEqual(titles(store, 'ab'), ['a', null])
  assert.deepEqual(report.repairs[0]?.refused, [{ id: 'b', reason: 'Too long.' }])
  assert.deepEqual(
    report.after.stores[0]?.differences.map(({ kind, id }) => `${kind} ${id}`),
    ['missing b'],
  )
})
