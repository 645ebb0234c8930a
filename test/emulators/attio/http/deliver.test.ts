import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { emulate, receive, subscribe, until } from '../harness.ts'

const keysOf = (received: readonly { headers: Record<string, unknown> }[]) =>
  received.map((each) => each.headers['idempotency-key'])
const eventsOf = (received: readonly { body: Buffer }[]) =>
  received.flatMap(
    (each) =>
      (JSON.parse(each.body.toString()) as { events: { event_type: string; id: Record<string, string> }[] }).events,
  )

test('a delivery is one event, signed over its raw bytes with the secret as text, in both headers', async (t) => {
  const { ask, attio } = await emulate(t)
  const hook = await receive(t)
  const { secret, id } = await subscribe(ask, hook.url)
  const record = attio.edit.createRecord({ object: 'companies', values: { name: '🚀 Zoë' } }).id
  await attio.deliveries.settled()
  const [{ body, headers }] = hook.received as [(typeof hook.received)[0]]
  const signature = createHmac('sha256', Buffer.from(secret, 'utf8')).update(body).digest('hex')
  assert.equal(headers['attio-signature'], signature)
  assert.equal(headers['x-attio-signature'], signature)
  const parsed = JSON.parse(body.toString())
  assert.deepEqual(Object.keys(parsed).sort(), ['events', 'webhook_id'])
  assert.equal(parsed.webhook_id, id)
  assert.equal(parsed.events.length, 1)
  assert.equal(parsed.events[0].id.record_id, record)
  assert.equal(hook.received.length, 1)
})

test('a refused message comes again with the same Idempotency-Key, another message has another', async (t) => {
  const { ask, attio } = await emulate(t, { timeScale: 0.0001 })
  const hook = await receive(t)
  await subscribe(ask, hook.url)
  hook.answer = (nth) => (nth <= 2 ? 503 : 202)
  attio.edit.createRecord({ object: 'companies', values: { name: 'x' } })
  await attio.deliveries.settled()
  const keys = keysOf(hook.received)
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
  attio.edit.createRecord({ object: 'companies', values: { name: 'y' } })
  await attio.deliveries.settled()
  assert.equal(new Set(keysOf(hook.received)).size, 2)
  assert.deepEqual(attio.counters.values.deliveries, {
    messages: 2,
    attempts: 4,
    acked: 2,
    refused: 2,
    dropped: 0,
    lost: 0,
  })
})

test('after ten retries a message is given up, the webhook degrades, and a week later it is inactive and loses events', async (t) => {
  let now = Date.now()
  const { ask, attio } = await emulate(t, { timeScale: 1e-7, clock: () => now })
  const hook = await receive(t)
  const { id } = await subscribe(ask, hook.url)
  hook.answer = () => 500
  attio.edit.createRecord({ object: 'companies', values: { name: 'x' } })
  await attio.deliveries.settled()
  assert.equal(hook.received.length, 11)
  const status = async () => (await ask('GET', `/v2/webhooks/${id}`)).body.data.status
  assert.equal(await status(), 'degraded')
  hook.answer = () => 200
  attio.edit.createRecord({ object: 'companies', values: { name: 'still delivered' } })
  await attio.deliveries.settled()
  assert.equal(hook.received.length, 12)
  now += 7 * 24 * 3_600_000
  attio.edit.createRecord({ object: 'companies', values: { name: 'lost' } })
  await attio.deliveries.settled()
  assert.equal(await status(), 'inactive')
  assert.equal(hook.received.length, 12)
  assert.equal(attio.counters.values.deliveries.lost, 1)
})

test('an answer later than five seconds is no answer', { timeout: 15_000 }, async (t) => {
  const { ask, attio } = await emulate(t, { timeScale: 0.0001 })
  const hook = await receive(t)
  await subscribe(ask, hook.url)
  hook.answer = (nth) => (nth === 1 ? null : 200)
  const began = performance.now()
  attio.edit.createRecord({ object: 'companies', values: { name: 'x' } })
  await attio.deliveries.settled()
  assert.ok(performance.now() - began >= 4_900)
  assert.deepEqual(
    attio.deliveries.log[0]?.attempts.map((attempt) => attempt.outcome),
    ['TimeoutError', 200],
  )
})

test('one URL gets at most so many deliveries a second; the rest wait and arrive', async (t) => {
  const { ask, attio } = await emulate(t, { limits: { deliveriesPerSecond: 25 } })
  const hook = await receive(t)
  await subscribe(ask, hook.url)
  for (let i = 0; i < 20; i++) attio.edit.createRecord({ object: 'companies', values: { name: `c${i}` } })
  await attio.deliveries.settled()
  assert.equal(hook.received.length, 20)
  const took = (hook.received.at(-1)?.at ?? 0) - (hook.received[0]?.at ?? 0)
  assert.ok(took >= 19 * 40 - 60, `20 deliveries took ${took} ms`)
})

test('subscriptions filter by fields of the event', async (t) => {
  const { ask, attio } = await emulate(t)
  const hook = await receive(t)
  const companies =
    attio.world
      .workspace()
      .objects.values()
      .find((each) => each.slug === 'companies')?.id ?? ''
  const $and = [
    { field: 'id.object_id', operator: 'equals', value: companies },
    { field: 'actor.type', operator: 'not_equals', value: 'system' },
  ]
  await ask('POST', '/v2/webhooks', {
    data: { target_url: hook.url, subscriptions: [{ event_type: 'record.updated', filter: { $and } }] },
  })
  const [company, person] = ['companies', 'people'].map((object) => attio.edit.createRecord({ object, values: {} }).id)
  attio.edit.setValues({ record: company ?? '', values: { description: 'yes' } })
  attio.edit.setValues({ record: person ?? '', values: { description: 'no' } })
  attio.edit.enrich({ record: company ?? '', values: { employee_range: '11-50' } })
  await attio.deliveries.settled()
  assert.deepEqual(
    eventsOf(hook.received).map((event) => event.id.record_id),
    [company],
  )
})

test('duplicates repeat a message with its key, drops lose it, batches hold several events', async (t) => {
  const { ask, attio } = await emulate(t)
  const hook = await receive(t)
  await subscribe(ask, hook.url)
  attio.faults.deliveries.duplicateRate = 1
  attio.edit.createRecord({ object: 'companies', values: { name: 'twice' } })
  await until('the duplicate', () => hook.received.length === 2)
  assert.equal(new Set(keysOf(hook.received)).size, 1)
  attio.faults.deliveries.duplicateRate = 0
  attio.faults.deliveries.dropRate = 1
  attio.edit.createRecord({ object: 'companies', values: { name: 'never' } })
  await attio.deliveries.settled()
  assert.equal(hook.received.length, 2)
  attio.faults.deliveries.dropRate = 0
  attio.faults.deliveries.batch = 3
  const record = attio.edit.createRecord({ object: 'companies', values: { name: 'x' } }).id
  await attio.deliveries.settled()
  attio.edit.setValues({ record, values: { name: 'y', description: 'd', linkedin: 'l' } })
  await attio.deliveries.settled()
  assert.equal(JSON.parse(hook.received.at(-1)?.body.toString() ?? '').events.length, 3)
})

test('reordering delivers everything, not in the order of the edits', async (t) => {
  const { ask, attio } = await emulate(t, { seed: 3, faults: { deliveries: { reorderMs: 150 } } })
  const hook = await receive(t)
  await subscribe(ask, hook.url)
  const made = Array.from(
    { length: 12 },
    (_, i) => attio.edit.createRecord({ object: 'companies', values: { name: `c${i}` } }).id,
  )
  await attio.deliveries.settled()
  const got = eventsOf(hook.received).map((event) => event.id.record_id)
  assert.deepEqual([...got].sort(), [...made].sort())
  assert.notDeepEqual(got, made)
})

test('a paused delivery waits and goes on; a wrong signature differs; a test event passes every filter', async (t) => {
  const { ask, attio } = await emulate(t)
  const hook = await receive(t)
  const { secret, id } = await subscribe(ask, hook.url, ['record.deleted'])
  attio.faults.deliveries.paused = true
  const record = attio.edit.createRecord({ object: 'companies', values: { name: 'x' } }).id
  attio.edit.deleteRecord({ record })
  assert.equal(attio.deliveries.pending, 1)
  assert.equal(hook.received.length, 0)
  attio.faults.deliveries.wrongSignature = true
  await fetch(`${attio.url}/_control/faults`, { method: 'POST', body: '{"deliveries":{"paused":false}}' })
  await attio.deliveries.settled()
  const { body, headers } = hook.received[0] as (typeof hook.received)[0]
  assert.notEqual(headers['attio-signature'], createHmac('sha256', secret).update(body).digest('hex'))
  const workspace = attio.world.workspace()
  const webhook = workspace.webhooks.get(id)
  if (!webhook) assert.fail('the webhook is gone')
  attio.deliveries.sendTest(workspace, webhook, {
    event_type: 'record.created',
    id: { record_id: 'made-up' },
    actor: { type: 'system', id: null },
  })
  await attio.deliveries.settled()
  assert.equal(eventsOf(hook.received).at(-1)?.id.record_id, 'made-up')
})

test('events of unknown types reach every webhook', async (t) => {
  const { ask, attio } = await emulate(t, { faults: { world: { unknownEventRate: 1 } } })
  const hook = await receive(t)
  await subscribe(ask, hook.url, ['task.deleted'])
  attio.edit.createRecord({ object: 'companies', values: { name: 'x' } })
  await attio.deliveries.settled()
  assert.deepEqual(
    eventsOf(hook.received).map((event) => event.event_type),
    ['record.pondered'],
  )
})
