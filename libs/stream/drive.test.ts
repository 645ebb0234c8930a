import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from './drive.ts'
import { sampleName, sampleRecord, sampleStage } from './sample-stage.ts'

test('a message is shown by the input table before its step, and outputs by the output table', () => {
  const stage = drive(sampleStage)
  const [output] = stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  assert.equal(output?.key, 'r1')
  assert.equal(stage.last('crm.artifacts').get('r1')?.body, 'Acme of ?')
  assert.equal(stage.tables.shown.get('r1')?.header, output?.headers?.hash)
})

test('the same content again writes nothing', () => {
  const stage = drive(sampleStage)
  stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  assert.deepEqual(stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme')), [])
})

test('a change of a global table reaches everything found by its term', () => {
  const stage = drive(sampleStage)
  stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  stage.send('crm.records', 'r2', sampleRecord('people', 'Ann'))
  assert.deepEqual(
    stage.send('crm.names', 'companies', sampleName('companies', 'Companies')).map(({ key }) => key),
    ['r1'],
  )
})

test('a tombstone forgets the key in input and output tables', () => {
  const stage = drive(sampleStage)
  stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  assert.deepEqual(stage.send('crm.records', 'r1', null), [{ topic: 'crm.artifacts', key: 'r1', value: null }])
  assert.deepEqual([...stage.tables.records.keys()], [])
  assert.deepEqual([...stage.tables.shown.keys()], [])
})

test('work still owed when a task dies is owed again after a restart with its disk', () => {
  const stage = drive(sampleStage, { drain: 'live' })
  stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  assert.deepEqual(stage.send('crm.names', 'companies', sampleName('companies', 'Companies')), [])
  stage.restart({ disk: true })
  assert.deepEqual(stage.owed(), { live: 0, background: 1 })
  assert.equal(stage.drain().length, 1)
  stage.restart({ disk: true })
  assert.deepEqual(stage.owed(), { live: 0, background: 0 })
})

test('a restart without disk looks at everything and writes only what differs', () => {
  const stage = drive(sampleStage, { drain: 'live' })
  stage.send('crm.records', 'r1', sampleRecord('companies', 'Acme'))
  stage.restart({ disk: false })
  assert.deepEqual(stage.owed(), { live: 0, background: 1 })
  assert.deepEqual(stage.drain(), [])
})
