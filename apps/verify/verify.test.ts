import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError, type Write } from '@attio-stream/sink'
import { givenDelete } from '@attio-stream/sink/given'
import { MemorySink } from '@attio-stream/sink/memory'
import { alive, codec, dead, format, put, TOPIC, givenWorld as world } from './given.ts'
import { reportLines } from './report.ts'
import { exitCodeOf, verify } from './verify.ts'

const forever = new AbortController().signal
async function holding(...writes: readonly Write[]): Promise<MemorySink> {
  const sink = new MemorySink()
  for (const write of writes) await sink.write([write], forever)
  return sink
}
const kinds = (report: Awaited<ReturnType<typeof verify>>) =>
  report.stores[0]?.differences.map(({ kind, id }) => `${kind} ${id}`).sort()

test('a store that holds what it should has no differences', async () => {
  const w = await world([
    ['a', alive('a', 'old')],
    ['b', alive('b', 'b')],
    ['b', dead('b')],
    ['c', dead('c')],
    ['c', null],
    ['a', alive('a', 'new')],
  ])
  const report = await w.check(await holding(put('a', 5, 'new'), givenDelete({ id: 'b', version: 2, workspace: 'w1' })))
  assert.deepEqual(kinds(report), [])
  assert.equal(exitCodeOf(report), 0)
  assert.deepEqual([report.documents, report.dead], [1, 1])
})

test('every way to differ is named', async () => {
  const w = await world(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => [id, alive(id, id)] as const))
  await w.send('h', dead('h'))
  await w.send('i', dead('i'))
  await w.commit(9)
  const report = await w.check(
    await holding(
      put('b', 0, 'b'),
      put('c', 99, 'c'),
      put('d', 3, 'edited'),
      givenDelete({ id: 'e', version: 4, workspace: 'w1' }),
      { ...put('f', 5, 'f'), workspace: 'w2' },
      put('g', 6, 'g'),
      put('h', 6, 'h'),
      put('z', 1, 'z'),
    ),
  )
  assert.deepEqual(kinds(report), [
    'ahead c',
    'changed d',
    'dead h',
    'extra z',
    'misplaced f',
    'missing a',
    'missing e',
    'stale b',
    'unmarked i',
  ])
  assert.equal(exitCodeOf(report), 1)
  const lines = reportLines(report)
  assert.match(lines.join('\n'), /memory: stale attio_company_b \(workspace w1\)/)
  assert.match(lines.join('\n'), /memory: extra z/)
})

test('a mark of a key that was forgotten is no difference', async () => {
  const w = await world([
    ['a', dead('a')],
    ['a', null],
  ])
  const report = await w.check(await holding(givenDelete({ id: 'a', version: 0, workspace: 'w1' })))
  assert.equal(exitCodeOf(report), 0)
  assert.equal(report.stores[0]?.leftOver, 1)
})

test('what the sink has not come to yet is lag, not a difference, and the comparison is not complete', async () => {
  const w = await world([
    ['a', alive('a', 'a')],
    ['b', alive('b', 'b')],
  ])
  await w.send('c', alive('c', 'c'))
  await w.send('a', alive('a', 'later'))
  const report = await w.check(await holding(put('a', 0, 'a'), put('b', 1, 'b')))
  assert.deepEqual(kinds(report), [])
  assert.deepEqual([report.stores[0]?.lag, report.stores[0]?.pending], [2, 2])
  assert.equal(exitCodeOf(report), 2)
})

test('a sink that is behind is waited for', async () => {
  const w = await world([['a', alive('a', 'a')]])
  await w.send('b', alive('b', 'b'))
  const sink = await holding(put('a', 0, 'a'))
  const checking = w.check(sink, { waitMs: 10_000 })
  await sink.write([put('b', 1, 'b')], forever)
  await w.commit(2)
  assert.equal(exitCodeOf(await checking), 0)
})

test('what changes while a store is scanned is not judged', async () => {
  const w = await world([['a', alive('a', 'a')]])
  const sink = await holding(put('a', 0, 'a'))
  sink.refresh = async () => {
    await w.send('a', alive('a', 'new'))
    await w.send('b', alive('b', 'b'))
    await sink.write([put('a', 1, 'new'), put('b', 2, 'b')], forever)
  }
  const report = await w.check(sink)
  assert.deepEqual(kinds(report), [])
  assert.equal(report.stores[0]?.moving, 2)
  assert.equal(exitCodeOf(report), 2)
})

test('a document the sink has buried says so', async () => {
  const w = await world([['a', alive('a', 'a')]])
  const letter = {
    workspace_id: 'w1',
    stage: 'sink-memory',
    reason: 'Never.',
    fault: 'refused',
    attempts: 1,
    topic: TOPIC,
    partition: 0,
    offset: 0,
    key: null,
    value: null,
    value_size: null,
    value_sha256: null,
    headers: {},
    buried_at: 1,
  }
  const value = codec.encode('crm.dead-letters', letter)
  await w.log.produce([{ topic: 'crm.dead-letters', partition: 0, key: 'a', value }])
  const report = await w.check(await holding())
  assert.deepEqual(report.stores[0]?.differences, [
    {
      kind: 'missing',
      id: 'a',
      workspace: 'w1',
      document: 'attio_company_a',
      buried: true,
      should: { partition: 0, version: 0 },
      held: null,
    },
  ])
})

test('a message nobody can read leaves the last readable one as what is expected', async () => {
  const w = await world([
    ['a', alive('a', 'a')],
    ['a', Buffer.from('nonsense')],
  ])
  const report = await w.check(await holding(put('a', 0, 'a')))
  assert.deepEqual([exitCodeOf(report), report.unreadable], [0, 1])
})

test('of one workspace only its documents count', async () => {
  const w = await world([
    ['a', alive('a', 'a')],
    ['b', alive('b', 'b', 'w2')],
  ])
  const sink = await holding(put('a', 0, 'a'), put('x', 0, 'x', 'w2'))
  assert.equal(exitCodeOf(await w.check(sink, { workspace: 'w1' })), 0)
  assert.deepEqual(kinds(await w.check(sink, { workspace: 'w2' })), ['extra x', 'missing b'])
})

test('a store that cannot be read is said, and the others are compared', async () => {
  const w = await world([['a', alive('a', 'a')]])
  const broken = await holding()
  broken.refresh = () => Promise.reject(new StoreError('Nobody listens.'))
  const report = await verify({
    log: w.log,
    codec,
    format,
    stores: [broken, await holding(put('a', 0, 'a'))],
    waitMs: 0,
  })
  assert.deepEqual(
    report.stores.map(({ failure, differences }) => [failure, differences.length]),
    [
      ['Nobody listens.', 0],
      [null, 0],
    ],
  )
  assert.equal(exitCodeOf(report), 2)
})
