import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { ATTEMPTS, FencedError } from '@attio-stream/stream'
import { dropLetters } from './drop.ts'
import { artifact, change, codec, dead, given, newLog, notice, WORKSPACE } from './given.ts'
import { listLetters } from './letters.ts'
import { redriveLetters } from './redrive.ts'

const kinds = (outcomes: readonly { readonly kind: string }[]) => outcomes.map(({ kind }) => kind)
const encoded = (fence: number, id = 'r1') => codec.encode('attio.changes', change(id, fence))

test('R12: a change is tried again with its own bytes, key, partition and headers, once however often it is asked for', async () => {
  const g = given()
  const buried = await g.send('attio.changes', 'r1', encoded(100))
  const id = await g.bury(buried)
  assert.deepEqual(kinds(await redriveLetters(g.options, { ids: new Set([id]) })), ['redriven'])
  assert.deepEqual(kinds(await redriveLetters(g.options, { ids: new Set([id]) })), [])
  const [, again, ...others] = await g.messages('attio.changes')
  assert.deepEqual(others, [])
  assert.deepEqual([again?.key, again?.partition, again?.value], ['r1', buried.partition, buried.value])
  assert.deepEqual(again?.headers, { workspace: WORKSPACE, [ATTEMPTS]: '1' })
  assert.deepEqual(kinds((await listLetters(g.options)).letters.map(({ state }) => ({ kind: state }))), ['redriven'])
})

test('R12: two people who redrive at the same moment redrive once', async () => {
  const g = given()
  for (const id of ['r1', 'r2', 'r3']) await g.bury(await g.send('attio.changes', id, encoded(100, id)))
  const all = await Promise.all([redriveLetters(g.options, {}), redriveLetters(g.options, {})])
  assert.equal(all.flat().filter(({ kind }) => kind === 'redriven').length, 3)
  assert.equal((await g.messages('attio.changes')).length, 6)
})

test('R12: a change that a newer one has followed is superseded and not written', async () => {
  const g = given()
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  await g.send('attio.changes', 'r1', encoded(200))
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded'])
  assert.equal((await g.messages('attio.changes')).length, 2)
})

test('R12: a change that only a late, older read has followed is tried again', async () => {
  const g = given()
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  await g.send('attio.changes', 'r1', encoded(50))
  g.log.compact('attio.changes')
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  assert.equal(codec.decode('attio.changes', (await g.messages('attio.changes')).at(-1)?.value as Buffer).fence, 100)
})

test('R12: a newer change that comes in while one is redriven is the last of its key all the same', async () => {
  let racing = async (): Promise<void> => {}
  const log = newLog(async (point) => {
    if (point !== 'produce') return
    const race = racing
    racing = async () => {}
    await race()
  })
  const g = given(log)
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  racing = async () => void (await g.send('attio.changes', 'r1', encoded(200)))
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  const fences = (await g.messages('attio.changes')).map(
    ({ value }) => codec.decode('attio.changes', value as Buffer).fence,
  )
  assert.deepEqual(fences, [100, 200, 100, 200])
})

test('R12: a change of what was forgotten since, or whose key is gone from the topic, is not raised', async () => {
  const g = given()
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  await g.send('attio.changes', 'r1', null)
  await g.bury(await g.send('attio.changes', 'r2', encoded(100, 'r2')))
  await g.send('attio.changes', 'r2', null)
  g.log.compact('attio.changes', { tombstones: true })
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded', 'superseded'])
  assert.deepEqual(await g.messages('attio.changes'), [])
})

test('of several letters of a key the newest is tried again', async () => {
  const g = given()
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  await g.bury(await g.send('attio.changes', 'r1', encoded(200)))
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded', 'redriven'])
})

test('bytes that still cannot be read stay open and say so', async () => {
  const g = given()
  for (const topic of ['attio.changes', 'attio.notices', 'crm.records', 'crm.artifacts'] as const)
    await g.bury(await g.send(topic, 'r1', Buffer.from('rubbish')), { stage: 'sink-memory' })
  const outcomes = await redriveLetters(g.options, {})
  assert.deepEqual(kinds(outcomes), ['refused', 'refused', 'refused', 'refused'])
  for (const outcome of outcomes) assert.match(outcome.kind === 'refused' ? outcome.reason : '', /still cannot/)
  assert.equal((await listLetters(g.options, { state: 'open' })).letters.length, 4)
})

test('R12: a notice is asked again, however old: it holds no state that could be overwritten', async () => {
  const g = given()
  await g.bury(await g.send('attio.notices', 'r1', codec.encode('attio.notices', notice('r1'))), { stage: 'hydrate' })
  await g.send('attio.notices', 'r1', codec.encode('attio.notices', notice('r1')))
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  const last = (await g.messages('attio.notices')).at(-1)
  assert.deepEqual(codec.decode('attio.notices', last?.value as Buffer), notice('r1'))
})

test('R12: a delivery that can be read now becomes the notices it stands for; one that cannot stays open', async () => {
  const g = given()
  const delivered = (body: object | string) => ({
    topic: null,
    partition: null,
    offset: null,
    key: null,
    value: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: { 'idempotency-key': 'k1' },
  })
  const event = (workspace: string, event_type = 'record.updated') => ({
    webhook_id: 'h1',
    events: [{ event_type, id: { workspace_id: workspace, object_id: 'o', record_id: 'r1' } }],
  })
  for (const body of [event(WORKSPACE), event('w2'), event(WORKSPACE, 'hologram.created'), '{"half', '{}'])
    await g.bury(delivered(body), { stage: 'webhook' })
  // Attio delivers it again: the same letter.
  await g.bury(delivered('{}'), { stage: 'webhook', now: 2_000 })
  const outcomes = await redriveLetters(g.options, {})
  assert.deepEqual(kinds(outcomes), ['redriven', 'refused', 'refused', 'refused', 'refused'])
  const notices = (await g.messages('attio.notices')).map(({ value }) => codec.decode('attio.notices', value as Buffer))
  assert.deepEqual(
    notices.map(({ id, workspace_id, delivery_key, received_at }) => [id, workspace_id, delivery_key, received_at]),
    [['r1', WORKSPACE, 'k1', 1_000]],
  )
})

test('R12: an artifact is written to the store whose sink gave it up, and to no other, with its own offset as version', async () => {
  const g = given()
  await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'Old')))
  const buried = await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'Acme')))
  await g.bury(buried, { stage: 'sink-memory', fault: 'refused' })
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  const put = g.stores.get('memory')?.get(WORKSPACE, 'r1')
  assert.deepEqual([put?.version, put?.document.title], [buried.offset, 'Acme'])
  assert.equal(g.stores.get('other')?.calls.length, 0)
  assert.equal((await g.messages('crm.artifacts')).length, 2)
})

test('R12: an artifact that a newer one has followed is superseded', async () => {
  const g = given()
  const letter = await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'Old')))
  await g.bury(letter, { stage: 'sink-memory' })
  await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'New')))
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded'])
  assert.equal(g.stores.get('memory')?.calls.length, 0)
})

test('R12, R4: the dead stay dead, also in a store that has forgotten them and would take anything', async () => {
  const g = given()
  await g.bury(await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'Acme'))), {
    stage: 'sink-memory',
  })
  await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', dead('r1')))
  await g.send('crm.artifacts', 'r1', null)
  g.log.compact('crm.artifacts', { tombstones: true })
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded'])
  assert.equal(g.stores.get('memory')?.get(WORKSPACE, 'r1'), undefined)
})

test('R12, R9: a newer version that the running sink writes meanwhile is not overwritten', async () => {
  const g = given()
  const bytes = (name: string) => codec.encode('crm.artifacts', artifact('r1', name))
  const buried = await g.send('crm.artifacts', 'r1', bytes('Old'))
  await g.bury(buried, { stage: 'sink-memory' })
  const store = g.stores.get('memory') ?? assert.fail()
  const openStore = async (name: string) => {
    // After the letter was judged to be the newest, before it is written.
    const { partition } = await g.send('crm.artifacts', 'r1', bytes('New'))
    const newer = { kind: 'delete', id: 'r1', workspace: WORKSPACE, version: buried.offset + 1, partition } as const
    await store.write([newer], new AbortController().signal)
    return await g.options.openStore(name)
  }
  assert.deepEqual(kinds(await redriveLetters({ ...g.options, openStore }, {})), ['redriven'])
  assert.equal(store.get(WORKSPACE, 'r1'), undefined)
})

test('R10: a store that is away keeps its letters open and holds up no other', async () => {
  const g = given()
  const buried = await g.send('crm.artifacts', 'r1', codec.encode('crm.artifacts', artifact('r1', 'Acme')))
  for (const stage of ['sink-memory', 'sink-other']) await g.bury(buried, { stage })
  const openStore = async (name: string) => {
    if (name === 'memory') throw new StoreError('nobody listens', { retryAfterMs: 1 })
    return await g.options.openStore(name)
  }
  const outcomes = await redriveLetters({ ...g.options, openStore }, {})
  assert.deepEqual(kinds(outcomes), ['refused', 'redriven'])
  assert.equal(g.stores.get('other')?.get(WORKSPACE, 'r1')?.document.title, 'Acme')
})

const record = (fence: number) =>
  codec.encode('crm.records', {
    workspace_id: WORKSPACE,
    object_id: 'o1',
    fence,
    hash: String(fence),
    deleted: false,
    body: '{}',
  })

test('R12, R7: a state is written again by becoming its only writer, so compact is fenced for a moment', async () => {
  const g = given()
  const buried = await g.send('crm.records', 'r1', record(100))
  await g.bury(buried, { stage: 'enrich' })
  const compact = await g.log.connect().transactional(`compact-${buried.partition}`)
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  const messages = [{ topic: 'crm.records', partition: buried.partition, key: 'r1', value: record(200) }]
  await assert.rejects(compact.commit({ messages, group: 'compact', offsets: [] }), FencedError)
  const values = (await g.messages('crm.records')).map(({ value }) => value)
  assert.deepEqual(values, [record(100), record(100)])
})

test('R12: a state that compact has written anew is superseded, also when it did so at that very moment', async () => {
  let racing = async (): Promise<void> => {}
  const log = newLog(async (point) => {
    if (point !== 'init') return
    const race = racing
    racing = async () => {}
    await race()
  })
  const g = given(log)
  const buried = await g.send('crm.records', 'r1', record(100))
  await g.bury(buried, { stage: 'enrich' })
  racing = async () => {
    const compact = await log.connect({ pause: async () => {} }).transactional(`compact-${buried.partition}`)
    const messages = [{ topic: 'crm.records', partition: buried.partition, key: 'r1', value: record(200) }]
    await compact.commit({ messages, group: 'compact', offsets: [] })
  }
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['superseded'])
  const values = (await g.messages('crm.records')).map(({ value }) => value)
  assert.deepEqual(values, [record(100), record(200)])
})

test('what no message of a topic was, what only a part is kept of, and what belongs to nobody connected stays open', async () => {
  const g = given()
  const nowhere = { topic: null, partition: null, offset: null, key: null, value: Buffer.from('{}') }
  await g.bury(nowhere, { stage: 'backfill' })
  await g.bury({ ...nowhere, topic: 'crm.artifacts', partition: 0, key: 'r1' }, { stage: 'enrich' })
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)), { workspace: 'w9' })
  const large = await g.send('attio.changes', 'r2', Buffer.alloc(16 * 1024 * 1024 - 1000))
  await g.bury(large)
  g.log.trim('attio.changes', large.partition, large.offset + 1)
  const outcomes = await redriveLetters(g.options, {})
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason.slice(0, 30) : outcome.kind)),
    [
      'It was a row of a page, which ',
      'It is what a stage wanted to w',
      'Workspace w9 is not connected;',
      'Only a part of its bytes was k',
    ],
  )
})

test('of a cut letter the whole message is taken from its topic while it is there', async () => {
  const g = given()
  const payload = 'x'.repeat(15.9 * 1024 * 1024)
  const large = await g.send('attio.changes', 'r1', codec.encode('attio.changes', change('r1', 100, payload)))
  await g.bury(large)
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  assert.deepEqual((await g.messages('attio.changes')).at(-1)?.value, large.value)
})

test('brokers that refuse leave the letter open', async () => {
  const g = given()
  await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  g.log.refuse('attio.changes', true)
  await assert.rejects(redriveLetters(g.options, {}), /refuses messages/)
  g.log.refuse('attio.changes', false)
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
})

test('a dropped letter is not tried again, and one that was tried again is not dropped', async () => {
  const g = given()
  const first = await g.bury(await g.send('attio.changes', 'r1', encoded(100)))
  const second = await g.bury(await g.send('attio.changes', 'r2', encoded(100, 'r2')))
  assert.deepEqual(kinds(await dropLetters(g.options, { ids: new Set([first]) })), ['dropped'])
  assert.deepEqual(kinds(await redriveLetters(g.options, {})), ['redriven'])
  assert.deepEqual(kinds(await dropLetters(g.options, { ids: new Set([second]) })), [])
  assert.deepEqual(
    (await listLetters(g.options)).letters.map(({ state }) => state),
    ['dropped', 'redriven'],
  )
})
