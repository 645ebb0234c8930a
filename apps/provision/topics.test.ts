import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOPIC_NAMES } from '@attio-stream/contracts'
import { type ExistingTopic, planTopics, type WantedTopic, wantedTopics } from './topics.ts'

const wanted = wantedTopics({ cell: 'eu-', partitions: 4, replicationFactor: 3 })

function asIs(topic: WantedTopic, changes: Partial<ExistingTopic> = {}): ExistingTopic {
  const { name, partitions, replicationFactor, config } = topic
  return { name, partitions, replicationFactor, config, ...changes }
}

const named = (name: string) => wanted.find((topic) => topic.name === name) ?? assert.fail(name)

test('every topic of the table is wanted, under the prefix of its cell', () => {
  assert.deepEqual(
    wanted.map((topic) => topic.name),
    TOPIC_NAMES.map((name) => `eu-${name}`),
  )
  assert.equal(named('eu-crm.artifacts').partitions, 4)
  assert.equal(named('eu-crm.dead-letters').partitions, 1)
  assert.equal(named('eu-crm.artifacts').config['cleanup.policy'], 'compact')
})

test('with three copies a write counts once two have it; with one copy, that one', () => {
  assert.equal(named('eu-crm.records').config['min.insync.replicas'], '2')
  const [single] = wantedTopics({ cell: '', partitions: 1, replicationFactor: 1 })
  assert.equal(single?.config['min.insync.replicas'], '1')
})

test('what is missing is made, what is there as wanted is left alone', () => {
  const [first, ...rest] = wanted
  const plan = planTopics(wanted, [asIs(first ?? assert.fail())])
  assert.deepEqual(plan.create, rest)
  assert.equal(plan.findings[0]?.state, 'as wanted')
  assert.deepEqual(
    planTopics(
      wanted,
      wanted.map((topic) => asIs(topic)),
    ).create,
    [],
  )
})

test('other settings of an existing topic are told with both values, and are no error', () => {
  const records = named('eu-crm.records')
  const plan = planTopics(wanted, [
    asIs(records, { config: { ...records.config, 'cleanup.policy': 'delete' }, replicationFactor: 1 }),
  ])
  assert.deepEqual(plan.findings.find(({ topic }) => topic === records.name)?.differences, [
    { setting: 'replication factor', wanted: '3', is: '1' },
    { setting: 'cleanup.policy', wanted: 'compact', is: 'delete' },
  ])
  assert.deepEqual(plan.errors, [])
})

test('another partition count of a joined topic is an error that says what to set', () => {
  const plan = planTopics(wanted, [asIs(named('eu-crm.records'), { partitions: 12 })])
  assert.equal(plan.errors.length, 1)
  assert.match(plan.errors[0] ?? '', /eu-crm\.records has 12 partitions, PARTITIONS says 4.*Set PARTITIONS=12/)
})

test('another partition count of a topic that is not joined is only told', () => {
  const plan = planTopics(wanted, [asIs(named('eu-crm.dead-letters'), { partitions: 3 })])
  assert.deepEqual(plan.errors, [])
  assert.equal(plan.findings.find(({ topic }) => topic === 'eu-crm.dead-letters')?.state, 'differs')
})

test('a list setting in another order is the same setting', () => {
  const topic = { ...named('eu-crm.records'), config: { 'cleanup.policy': 'compact,delete' } }
  const plan = planTopics([topic], [asIs(topic, { config: { 'cleanup.policy': 'delete,compact' } })])
  assert.equal(plan.findings[0]?.state, 'as wanted')
})
