import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'
import { setFaults } from './faults.ts'

test('requests fail by rule: HTML, 429, dropped, half-answered and hung, each only as often as told', async (t) => {
  const { ask, attio } = await emulate(t)
  const { requests } = attio.faults
  requests.push({ kind: 'html', match: '^GET /v2/lists', times: 1, status: 503 })
  const html = await ask('GET', '/v2/lists')
  assert.deepEqual([html.status, html.headers.get('content-type')], [503, 'text/html'])
  assert.match(html.body, /cloudflare/)
  assert.equal((await ask('GET', '/v2/lists')).status, 200)

  requests.push({ kind: 'rate429', times: 1 })
  const limited = await ask('GET', '/v2/objects')
  assert.equal(limited.status, 429)
  assert.ok(Date.parse(limited.headers.get('retry-after') ?? '') > Date.now() - 1000)

  requests.push({ kind: 'drop', times: 1 })
  await assert.rejects(ask('GET', '/v2/objects'))
  requests.push({ kind: 'truncate', times: 1 })
  await assert.rejects(ask('GET', '/v2/objects'))
  requests.push({ kind: 'hang', times: 1, ms: 30 })
  await assert.rejects(ask('GET', '/v2/objects'))
  requests.push({ kind: 'latency', times: 1, ms: 120 })
  const began = performance.now()
  assert.equal((await ask('GET', '/v2/objects')).status, 200)
  assert.ok(performance.now() - began >= 115)
  assert.deepEqual(attio.counters.values.faults, { html: 1, rate429: 1, drop: 1, truncate: 1, hang: 1 })
})

test('a hung request is let go when its client gives up', async (t) => {
  const { attio, token } = await emulate(t, { faults: { requests: [{ kind: 'hang', ms: 60_000 }] } })
  const signal = AbortSignal.timeout(50)
  await assert.rejects(fetch(`${attio.url}/v2/objects`, { headers: { authorization: `Bearer ${token}` }, signal }))
})

test('a query may answer from a snapshot up to so many seconds old, and says how accurate it is', async (t) => {
  let now = Date.now()
  const { ask, attio } = await emulate(t, { clock: () => now, faults: { queryLagMs: 3000 } })
  now += 60_000
  const id = attio.edit.createRecord({ object: 'companies', values: { name: 'Old' } }).id
  now += 60_000
  attio.edit.renameRecord({ record: id, name: 'New' })
  const doomed = attio.edit.createRecord({ object: 'companies', values: { name: 'Doomed' } }).id
  const renamed = now
  now += 1500
  attio.edit.deleteRecord({ record: doomed })
  const seen = new Set<string>()
  for (let i = 0; i < 60; i++) {
    const { body, headers } = await ask('POST', '/v2/objects/companies/records/query', {
      filter: { record_id: { $in: [id, doomed] } },
    })
    const accurate = Date.parse((headers.get('x-accurate-at') ?? '').replace('000000Z', 'Z'))
    assert.ok(accurate <= now && accurate > now - 3000)
    const byId = new Map(
      body.data.map((record: { id: { record_id: string }; values: { name: { value: string }[] } }) => [
        record.id.record_id,
        record.values.name[0]?.value,
      ]),
    )
    assert.equal(byId.get(id), accurate >= renamed ? 'New' : 'Old', 'the answer is the state at X-Accurate-At')
    assert.equal(byId.has(doomed), accurate >= renamed && accurate < now)
    seen.add(`${byId.get(id)} ${byId.has(doomed)}`)
  }
  assert.ok(seen.size >= 2, 'both snapshots have been seen')
  assert.equal((await ask('GET', `/v2/objects/companies/records/${id}`)).body.data.values.name[0].value, 'New')
  now += 3001
  const late = await ask('POST', '/v2/objects/companies/records/query', { filter: { record_id: id } })
  assert.equal(late.body.data[0].values.name[0].value, 'New')
})

test('GET lags by its own switch', async (t) => {
  let now = Date.now()
  const { ask, attio } = await emulate(t, { clock: () => now, faults: { getLagMs: 10_000 } })
  now += 60_000
  const id = attio.edit.createRecord({ object: 'companies', values: { name: 'x' } }).id
  now += 1
  const statuses = new Set<number>()
  for (let i = 0; i < 20; i++) statuses.add((await ask('GET', `/v2/objects/companies/records/${id}`)).status)
  assert.ok(statuses.has(404))
  assert.equal(
    (await ask('POST', '/v2/objects/companies/records/query', { filter: { record_id: id } })).body.data.length,
    1,
  )
  now += 10_000
  assert.equal((await ask('GET', `/v2/objects/companies/records/${id}`)).status, 200)
})

test('Date is the time of the emulated clock, which may be skewed', async (t) => {
  const now = Date.UTC(2030, 0, 1)
  const { ask, attio } = await emulate(t, { clock: () => now })
  const date = async () => Date.parse((await ask('GET', '/v2/objects')).headers.get('date') ?? '')
  assert.equal(await date(), now)
  attio.faults.clockSkewMs = -3_600_000
  assert.equal(await date(), now - 3_600_000)
  const made = await ask('POST', '/v2/objects/companies/records', { data: { values: {} } })
  assert.equal(made.body.data.created_at, '2029-12-31T23:00:00.000000000Z')
})

test('an unknown switch is refused by name', async (t) => {
  const { attio } = await emulate(t, { size: 'empty' })
  assert.throws(() => setFaults(attio.faults, JSON.parse('{"nonsense":1}')), /nonsense/)
  assert.throws(() => setFaults(attio.faults, JSON.parse('{"deliveries":{"nonsense":1}}')), /deliveries.nonsense/)
})
