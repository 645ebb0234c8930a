import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ExpectationTable } from './expectation-table.ts'

const expectation = (version: number, hash = 'h') => ({ workspace: 'w', version, partition: 3, hash, prefix: 'p_' })

test('expectations on disk are found again, the newest of an id counts, and the file goes with the table', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'expected-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const table = new ExpectationTable(directory)
  table.set('a', expectation(1))
  table.set('a', expectation(2))
  table.set('b', expectation(3, ''))
  table.set('c', expectation(4))
  table.delete('c')
  assert.deepEqual(table.get('a'), expectation(2))
  assert.equal(table.get('c'), undefined)
  assert.deepEqual(table.count(), { alive: 1, dead: 1 })
  table.close()
  assert.deepEqual(readdirSync(directory), [])
})

test('those never seen are told, each once, over many pages', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'expected-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const table = new ExpectationTable(directory)
  for (let n = 0; n < 5000; n++) table.set(`id${n}`, expectation(n))
  for (let n = 0; n < 5000; n += 2) table.see(`id${n}`)
  const unseen = [...table.unseen()].map(([, { version }]) => version).sort((a, b) => a - b)
  assert.deepEqual(
    unseen,
    Array.from({ length: 2500 }, (_, n) => 2 * n + 1),
  )
  table.close()
})

test('what a killed process left behind goes, what a running one has stays', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'expected-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(join(directory, `expected-${pid}-x.sqlite`), '')
  writeFileSync(join(directory, `expected-${process.pid}-y.sqlite`), '')
  new ExpectationTable(directory).close()
  assert.deepEqual(readdirSync(directory), [`expected-${process.pid}-y.sqlite`])
})
