import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { memoryCodec } from './codec.ts'
import { MemoryTable } from './memory-table.ts'
import { sampleRecord } from './sample-stage.ts'
import type { TableSpec } from './stage.ts'
import type { DiskTable } from './table.ts'
import { type Checkpoint, TableStore } from './table-store.ts'

const codec = memoryCodec()
const records: TableSpec<'crm.records'> = {
  topic: 'crm.records',
  side: 'input',
  terms: (_key, value) => [value().object_id, ...(value().body ?? '').split(' ')],
}
const specs = {
  records: records as unknown as TableSpec,
  shown: { topic: 'crm.artifacts', side: 'output', keepHeader: 'hash' },
} as const

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stream-table-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = () => {
  const store = TableStore.open(directory, specs, codec)
  return { store, records: store.tables.get('records') as DiskTable, shown: store.tables.get('shown') as DiskTable }
}
const at = (offset: number): Checkpoint => ({
  positions: { 'crm.records/0': offset },
  settled: {},
  recheck: false,
  filling: false,
  version: '1',
  at: 1,
  writers: {},
})
const record = (body: string, offset = 0) => ({
  value: codec.encode('crm.records', sampleRecord('companies', body)),
  headers: { hash: `hash of ${body}` },
  partition: 3,
  offset,
})
const terms = (table: DiskTable, prefix: string) => [...table.byTerm(prefix)].map(({ term, key }) => `${term} ${key}`)

test('a change is seen at once, before it is written and after', async () => {
  const { store, records } = open()
  records.put({ key: 'k', ...record('red', 5) })
  assert.deepEqual(records.get('k'), { value: sampleRecord('companies', 'red'), header: '', partition: 3, offset: 5 })
  assert.deepEqual(terms(records, 'r'), ['red k'])
  const flushed = store.flush(at(6))
  assert.equal(records.get('k')?.value !== undefined && terms(records, 'red').length, 1)
  await flushed
  assert.deepEqual(terms(records, 'r'), ['red k'])
  assert.deepEqual([...records.keys()], ['k'])
  await store.close()
})

test('an aborted change was never there, for keys and for terms', async () => {
  const { store, records } = open()
  records.put({ key: 'k', ...record('red') })
  await store.flush(at(1))
  records.put({ key: 'k', ...record('blue') })
  records.put({ key: 'n', ...record('blue') })
  assert.deepEqual(terms(records, 'red'), [])
  store.abort()
  assert.deepEqual(records.get('k')?.value, sampleRecord('companies', 'red'))
  assert.equal(records.has('n'), false)
  assert.deepEqual(terms(records, ''), ['companies k', 'red k'])
  await store.close()
})

test('a tombstone takes the key and its terms away', async () => {
  const { store, records } = open()
  records.put({ key: 'k', ...record('red') })
  await store.flush(at(1))
  records.put({ key: 'k', ...record(''), value: null })
  assert.equal(records.has('k'), false)
  assert.deepEqual(terms(records, ''), [])
  await store.flush(at(2))
  assert.equal(records.has('k'), false)
  assert.deepEqual(terms(records, ''), [])
  await store.close()
})

test('a table that keeps only a header gives no value', async () => {
  const { store, shown } = open()
  shown.put({ key: 'k', ...record('x') })
  await store.flush(at(1))
  assert.deepEqual(shown.get('k'), { value: undefined, header: 'hash of x', partition: 3, offset: 0 })
  await store.close()
})

test('after a crash the tables contain exactly what the checkpoint says', async () => {
  const first = open()
  first.records.put({ key: 'flushed', ...record('red') })
  await first.store.flush(at(1))
  first.records.put({ key: 'committed but not flushed', ...record('red') })
  const second = open()
  assert.deepEqual(second.store.checkpoint, at(1))
  assert.deepEqual([...second.records.keys()], ['flushed'])
  await second.store.close()
  await first.store.close()
})

test('a directory of other tables, or of rubbish, is begun anew', async () => {
  const first = open()
  first.records.put({ key: 'k', ...record('red') })
  await first.store.flush(at(1))
  await first.store.close()
  const other = TableStore.open(directory, { names: { topic: 'crm.names', side: 'global' } }, codec)
  assert.equal(other.checkpoint, undefined)
  await other.close()
  writeFileSync(join(directory, 'data.mdb'), Buffer.alloc(200_000, 'rubbish'))
  const rubbish = open()
  assert.equal(rubbish.store.checkpoint, undefined)
  assert.deepEqual([...rubbish.records.keys()], [])
  await rubbish.store.close()
})

test('a global table remembers what was forgotten, without showing it', async () => {
  const names = { names: { topic: 'crm.names', side: 'global' } } as const
  const store = TableStore.open(directory, names, codec)
  const table = store.tables.get('names') as DiskTable
  table.put({ key: 'k', value: null, headers: {}, partition: 2, offset: 9 })
  await store.flush(at(1))
  assert.equal(table.has('k'), false)
  assert.deepEqual([...table.keys()], [])
  assert.deepEqual(
    [...table.entries()].map(({ key, entry }) => [key, entry.partition, entry.offset, entry.forgotten]),
    [['k', 2, 9, true]],
  )
  await store.close()
})

test('whatever is put, aborted and flushed, filling it or later, the table on disk agrees with one in memory', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        key: fc.constantFrom('a', 'b', 'c', 'ä', 'a/b'),
        body: fc.constantFrom('red', 'red blue', 'ü', '', 'blue green'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ forget: fc.constantFrom('a', 'b', 'c') }) },
    { weight: 2, arbitrary: fc.constantFrom('flush' as const, 'flush and wait' as const, 'reopen' as const) },
    { weight: 1, arbitrary: fc.constant('filled' as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      rmSync(directory, { recursive: true, force: true })
      let { store, records: table } = open()
      table.fill()
      const model = new MemoryTable(records, codec)
      for (const one of steps) {
        if (one === 'flush') void store.flush(at(1)).catch(assert.fail)
        else if (one === 'flush and wait') await store.flush(at(1))
        else if (one === 'filled') table.filled()
        else if (one === 'reopen') {
          await store.flush(at(1))
          await store.close()
          const again = open()
          store = again.store
          table = again.records
        } else {
          const key = 'forget' in one ? one.forget : one.key
          const incoming = 'forget' in one ? { ...record(''), value: null } : record(one.body)
          table.put({ key, ...incoming })
          model.put(key, { ...incoming, bytes: incoming.value })
        }
        for (const prefix of ['', 'b', 'red', 'blue'])
          assert.deepEqual([...table.byTerm(prefix)], [...model.byTerm(prefix)])
        for (const term of ['', 'b', 'red', 'blue'])
          assert.deepEqual([...table.withTerm(term)].sort(), [...model.withTerm(term)].sort())
        assert.deepEqual([...table.keys()].sort(), [...model.keys()].sort())
        for (const key of ['a', 'b', 'c']) assert.deepEqual(table.get(key), model.get(key))
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
})

test('changes made while an empty flush is under way stay uncommitted: seen, and gone after an abort', async () => {
  const { store, records } = open()
  const flushed = store.flush(at(1))
  records.put({ key: 'k', ...record('red') })
  await flushed
  assert.equal(records.has('k'), true)
  store.abort()
  assert.equal(records.has('k'), false)
  await store.close()
  const again = open()
  assert.deepEqual([...again.records.keys()], [])
  await again.store.close()
})

test('terms in memory are found like terms on disk, however often they change', async () => {
  const word = fc.constantFrom('red', 'reed', 'green', 'blue', 'blueish')
  const change = fc.record({ key: fc.integer({ min: 0, max: 40 }), words: fc.array(word, { maxLength: 3 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 900 }), fc.array(fc.nat(900)), async (changes, asked) => {
      const { store, records } = open()
      const memory = new MemoryTable(records.spec, codec)
      const now = new Set(asked)
      for (const [n, { key, words }] of changes.entries()) {
        const message = { key: `k${key}`, ...record(words.map((one) => `${one}-${n % 300}`).join(' '), n) }
        records.put(message)
        memory.put(message.key, { ...message, topic: 'crm.records', bytes: message.value } as never)
        if (now.has(n))
          for (const prefix of ['re', 'blue', 'green-1'])
            assert.deepEqual(terms(records, prefix), terms(memory as never, prefix))
      }
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    }),
    { numRuns: 15 },
  )
})
