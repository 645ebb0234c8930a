/** A replay: what changes observed before become when the code that reads them changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observe } from '@attio-stream/attio'
import { drive } from '@attio-stream/stream'
import * as given from './given.ts'
import { compactStage } from './stage.ts'

/** Code that reads every text in capitals, and cannot read what says "unreadable". */
const shouting = compactStage({
  observe(change, options) {
    if (change.payload?.includes('unreadable')) return { kind: 'rejected', reason: 'It cannot be read.' }
    const payload = change.payload?.replace(/"(value|title|content_plaintext)":"[^"]*"/g, (text) => {
      const at = text.indexOf(':')
      return text.slice(0, at) + text.slice(at).toUpperCase()
    })
    return observe({ ...change, payload: payload ?? null }, options)
  },
})

function folded(...changes: readonly ReturnType<typeof given.company>[]) {
  const driver = drive(compactStage())
  for (const change of changes) driver.send('attio.changes', change.id, change)
  return driver
}
const named = (id: string, fence: number, name: string) => given.company(id, fence, { name: given.text(name) })

test('the same code folds again and writes nothing', () => {
  const driver = folded(named('c1', 100, 'Acme'), given.note('n1', 100, 'c1'), given.task('t1', 100, ['c1', 'c2']))
  assert.deepEqual(driver.replay(), [])
})

test('other code writes what it reads differently, under the same fence, and that only', () => {
  const driver = folded(
    named('c1', 100, 'Acme'),
    named('c2', 100, 'LOUD'),
    given.note('n1', 100, 'c1', 'Call', 'Hello'),
  )
  assert.deepEqual(driver.replay({ code: shouting }).map(given.spelled), [
    'crm.records c1',
    'crm.names w1/record/c1',
    'crm.children n1',
    'crm.attachments c1/note/n1',
  ])
  assert.equal(driver.tables.records.get('c1')?.value.fence, 100)
  assert.match(driver.tables.records.get('c1')?.value.body ?? '', /"ACME"/)
  assert.deepEqual(driver.replay({ code: shouting }), [], 'a second time nothing differs')
})

test('what a replay writes waits behind live work', () => {
  const driver = folded(named('c1', 100, 'Acme'))
  for (const { headers } of driver.replay({ code: shouting })) assert.equal(headers?.source, 'backfill')
})

test('a read that came late does not win because it is folded again', () => {
  const driver = folded(named('c1', 200, 'New'), named('c1', 100, 'Old'))
  driver.replay({ code: shouting })
  assert.match(driver.tables.records.get('c1')?.value.body ?? '', /"NEW"/)
})

test('the dead are not raised, nor is what was forgotten', () => {
  const driver = folded(named('c1', 100, 'Acme'), given.gone('record', 'c1', 200), named('c2', 100, 'Beta'))
  driver.send('attio.changes', 'c2', null)
  const before = driver.outputs.length
  assert.deepEqual(driver.replay({ code: shouting }), [])
  driver.advance(8 * 24 * 60 * 60 * 1000 + Date.now())
  assert.deepEqual(driver.replay({ code: shouting }), [], 'nor when its death is forgotten')
  assert.ok(driver.outputs.length > before, 'which it was')
})

test('what the new code cannot read stays as it was, and is no dead letter a second time', () => {
  const driver = folded(named('c1', 100, 'unreadable'))
  assert.deepEqual(driver.replay({ code: shouting }), [])
  assert.match(driver.tables.records.get('c1')?.value.body ?? '', /"unreadable"/)
})

test('a task that the new code files elsewhere leaves the records it was filed under', () => {
  const elsewhere = compactStage({
    observe(change, options) {
      const seen = observe(change, options)
      return seen.kind === 'task' ? { ...seen, parents: seen.parents.filter((parent) => parent !== 'c2') } : seen
    },
  })
  const driver = folded(given.task('t1', 100, ['c1', 'c2']))
  assert.deepEqual(driver.replay({ code: elsewhere }).map(given.spelled), [
    'crm.children t1',
    '-crm.attachments c2/task/t1',
  ])
})

test('on request every record has its directory entry written again', () => {
  const driver = folded(named('c1', 100, 'Acme'), given.note('n1', 100, 'c1'))
  assert.deepEqual(driver.replay({ entries: true }).map(given.spelled), ['crm.names w1/record/c1'])
})
