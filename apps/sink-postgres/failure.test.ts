import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { failureOf, faultOfTheData } from './failure.ts'

const postgres = (code: string, more: object = {}) =>
  Object.assign(new Error('invalid input: "Ann Lee"'), { code, detail: 'Ann Lee', ...more })

test('a value Postgres cannot take is told by code and column, never by what it says', () => {
  assert.equal(
    faultOfTheData(postgres('22007', { column: 'created_at' })),
    'Postgres refuses the row (SQLSTATE 22007, column created_at).',
  )
  assert.match(faultOfTheData(postgres('23514', { constraint: 'whole' })) ?? '', /constraint whole/)
  assert.match(faultOfTheData(postgres('54000')) ?? '', /54000/)
})

test('what may heal is a StoreError and quotes nothing', () => {
  for (const code of [
    '08006',
    '25006',
    '40001',
    '40P01',
    '53100',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '58030',
    'XX000',
  ]) {
    const failure = failureOf(postgres(code), 'writing')
    assert.ok(failure instanceof StoreError, code)
    assert.doesNotMatch(failure.message, /Ann/)
    assert.equal(faultOfTheData(postgres(code)), undefined)
  }
})

test('a connection that breaks is a StoreError, whatever its code looks like', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])
    assert.ok(failureOf(Object.assign(new Error('x'), { code }), 'writing') instanceof StoreError, code)
  assert.ok(failureOf(new Error('timeout exceeded when trying to connect'), 'opening') instanceof StoreError)
})

test('a missing table, a wrong password or missing rights stop the sink', () => {
  for (const code of ['42P01', '28P01', '42501', '3D000']) {
    const failure = failureOf(postgres(code), 'writing')
    assert.ok(!(failure instanceof StoreError), code)
    assert.match(failure.message, /look at the schema, the role and its rights/)
  }
})

test('a bug stays a bug', () => {
  const bug = new TypeError('undefined is not a function')
  assert.equal(failureOf(bug, 'writing'), bug)
})
