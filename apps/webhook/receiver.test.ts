import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from '@attio-stream/attio'
import type { DeadLetter } from '@attio-stream/contracts'
import { letterId, type MemoryLog, memoryLog, sha256 } from '@attio-stream/stream'
import { body, CONNECTION, fixture, SECRET, TOPICS, updated } from './fixture.ts'
import type { KnownConnection } from './senders.ts'

test('a delivery is answered 200 when the brokers have its notices, keyed by the thing', async () => {
  const given = fixture()
  assert.equal(await given.deliver(body(updated('r1'), updated('r2'))), 200)
  const notices = await given.written('attio.notices')
  assert.deepEqual(notices.map(({ key }) => key).sort(), ['r1', 'r2'])
  assert.deepEqual(notices[0]?.value.delivery_key, 'k1')
})

test('the answer waits for the brokers, not only for the bytes', async () => {
  const gate = Promise.withResolvers<void>()
  const log = memoryLog({ topics: TOPICS, pause: async (point) => (point === 'produced' ? gate.promise : undefined) })
  const given = fixture({}, { log })
  let answered = false
  const delivery = given.deliver(body(updated('r1'))).then((status) => {
    answered = true
    return status
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(answered, false)
  gate.resolve()
  assert.equal(await delivery, 200)
})

test('an unknown connection is 404, and its body is not even read', async () => {
  const given = fixture()
  const status = await given.receive('nobody-knows-this', { signatures: [], key: null, receivedAt: 0 }, () =>
    assert.fail('the body was read'),
  )
  assert.equal(status, 404)
})

test('a body over the limit is 413', async () => {
  const given = fixture()
  assert.equal(
    await given.receive(CONNECTION.key, { signatures: ['x'], key: null, receivedAt: 0 }, async () => null),
    413,
  )
})

test('a missing, wrong or foreign signature is 401, and nothing is written', async () => {
  const given = fixture()
  const bytes = body(updated('r1'))
  for (const signature of [null, '', '0'.repeat(64), sign('another secret', bytes)])
    assert.equal(await given.deliver(bytes, { signature }), 401)
  assert.deepEqual(await given.written('attio.notices'), [])
})

test('what is signed but not JSON, or of the wrong shape, is 400 and kept with its bytes', async () => {
  const given = fixture()
  const unreadable = [Buffer.from('{"half'), Buffer.from('{"webhook_id":"h1"}'), Buffer.from('[]')]
  for (const bytes of unreadable) assert.equal(await given.deliver(bytes), 400)
  const letters = await given.written('crm.dead-letters')
  assert.deepEqual(
    letters.map(({ value }) => value.value),
    unreadable,
  )
  for (const { value } of letters) assert.deepEqual([value.stage, value.workspace_id], ['webhook', 'w1'])
})

test('R12: Attio delivers again what was refused; its letter has the same id, its idempotency key and its SHA-256', async () => {
  const given = fixture()
  const bytes = Buffer.from('{"half')
  for (let n = 0; n < 2; n++) assert.equal(await given.deliver(bytes), 400)
  const letters = (await given.written('crm.dead-letters')).map(({ value }) => value as unknown as DeadLetter)
  assert.equal(letters.length, 2)
  assert.equal(new Set(letters.map(letterId)).size, 1)
  const [letter] = letters
  assert.deepEqual(
    [letter?.headers, letter?.value_sha256, letter?.fault],
    [{ 'idempotency-key': 'k1' }, sha256(bytes), 'unreadable'],
  )
})

test('R12: while its letter cannot be written an unreadable delivery is 503, so that Attio comes again', async () => {
  const given = fixture()
  given.log.refuse('crm.dead-letters', true)
  assert.equal(await given.deliver(Buffer.from('{"half')), 503)
  given.log.refuse('crm.dead-letters', false)
  assert.equal(await given.deliver(Buffer.from('{"half')), 400)
  assert.equal((await given.written('crm.dead-letters')).length, 1)
})

test('a delivery of another workspace is 403, though its signature is right', async () => {
  const given = fixture()
  assert.equal(await given.deliver(body(updated('r1'), updated('r2', 'w2'))), 403)
  assert.deepEqual(await given.written('attio.notices'), [])
})

test('events of an unknown type are accepted and counted; those beside them become notices', async () => {
  const counted: string[] = []
  const given = fixture({ accepted: (_, unknown) => counted.push(...unknown) })
  const news = { event_type: 'hologram.created', id: { workspace_id: 'w1', hologram_id: 'x' } }
  assert.equal(await given.deliver(body(news, updated('r1'))), 200)
  assert.deepEqual(counted, ['hologram.created'])
  assert.deepEqual(
    (await given.written('attio.notices')).map(({ key }) => key),
    ['r1'],
  )
})

test('with the brokers away a delivery is 503, a bad one is not accepted either, and both pass when they are back', async () => {
  const given = fixture()
  given.log.setAway(true)
  assert.equal(await given.deliver(body(updated('r1'))), 503)
  assert.equal(await given.deliver(Buffer.from('no JSON')), 503)
  given.log.setAway(false)
  assert.equal(await given.deliver(body(updated('r1'))), 200)
})

test('brokers that hang are 503 after the time allowed', async () => {
  const log: MemoryLog = memoryLog({
    topics: TOPICS,
    pause: async (point) => (point === 'produce' ? new Promise(() => {}) : undefined),
  })
  const given = fixture({}, { log, timeoutMs: 50 })
  assert.equal(await given.deliver(body(updated('r1'))), 503)
})

test('a connection made a moment ago is found at once, one without its secret yet is 503, a disconnected one 404', async () => {
  const given = fixture()
  const fresh: KnownConnection = { ...CONNECTION, key: 'connection-key-2' }
  given.database.set(fresh.key, fresh)
  assert.equal(await given.deliver(body(updated('r1')), { key: fresh.key }), 200)
  const unready: KnownConnection = { ...CONNECTION, key: 'connection-key-3', webhook: null }
  given.database.set(unready.key, unready)
  assert.equal(await given.deliver(body(updated('r1')), { key: unready.key }), 503)
  const disconnected: KnownConnection = { ...CONNECTION, key: 'connection-key-4', status: 'disconnected' }
  given.database.set(disconnected.key, disconnected)
  assert.equal(await given.deliver(body(updated('r1')), { key: disconnected.key }), 404)
})

test('a webhook registered again with a new secret is believed before memory has it', async () => {
  const given = fixture()
  const secret = 'cd'.repeat(32)
  given.database.set(CONNECTION.key, { ...CONNECTION, webhook: { id: 'h2', secret, createdAt: new Date() } })
  const bytes = body(updated('r1'))
  assert.equal(await given.deliver(bytes, { signature: sign(secret, bytes) }), 200)
  assert.notEqual(secret, SECRET)
})

test('a broken connection still takes deliveries: its notices wait further down', async () => {
  const given = fixture()
  given.cached.set(CONNECTION.key, { ...CONNECTION, status: 'broken' })
  assert.equal(await given.deliver(body(updated('r1'))), 200)
})
