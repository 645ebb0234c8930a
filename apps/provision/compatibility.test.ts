import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incompatibilities } from './compatibility.ts'

const record = (...fields: readonly unknown[]) => ({ type: 'record', name: 'X', fields })
const id = { name: 'id', type: 'string' }

test('a field added or removed with a default is fine', () => {
  const hash = { name: 'hash', type: 'string', default: '' }
  assert.deepEqual(incompatibilities(record(id), record(id, hash)), [])
  assert.deepEqual(incompatibilities(record(id, hash), record(id)), [])
})

test('a field added or removed without a default is named', () => {
  assert.deepEqual(incompatibilities(record(), record(id)), ['field id was added without a default'])
  assert.deepEqual(incompatibilities(record(id), record()), ['field id was removed, and it had no default'])
})

test('a rename is a removal and an addition', () => {
  assert.equal(incompatibilities(record(id), record({ name: 'key', type: 'string' })).length, 2)
})

test('another type is named with both; another doc is nothing', () => {
  assert.deepEqual(incompatibilities(record(id), record({ ...id, type: 'long' })), [
    'the type of field id was "string" and is "long"',
  ])
  assert.deepEqual(incompatibilities(record(id), record({ ...id, doc: 'the id' })), [])
})
