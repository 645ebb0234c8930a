import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'

const second = (at: number) => Math.ceil(at / 1000) * 1000

test('the hundred and first read in a second is 429 with an HTTP date, and the next second is free again', async (t) => {
  let now = second(Date.now())
  const { ask, attio } = await emulate(t, { clock: () => now, limits: {} })
  for (let i = 0; i < 100; i++) assert.equal((await ask('GET', '/v2/lists')).status, 200)
  const { status, body, headers } = await ask('GET', '/v2/lists')
  assert.equal(status, 429)
  assert.deepEqual(body, {
    status_code: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'Rate limit exceeded, please try again later',
  })
  const retry = headers.get('retry-after') ?? ''
  assert.match(retry, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
  assert.equal(Date.parse(retry), now + 1000)
  assert.equal(attio.counters.totalViolations, 0)
  now += 999
  assert.equal((await ask('GET', '/v2/lists')).status, 429)
  assert.equal(attio.counters.totalViolations, 1)
  now += 1
  assert.equal((await ask('GET', '/v2/lists')).status, 200)
  assert.equal(attio.counters.totalViolations, 1)
})

test('writes and lists of notes have budgets of their own, a POST query is a read', async (t) => {
  const now = second(Date.now())
  const { ask } = await emulate(t, { clock: () => now, limits: {} })
  const many = async (count: number, method: string, path: string, body?: unknown) => {
    const statuses: number[] = []
    for (let i = 0; i < count; i++) statuses.push((await ask(method, path, body)).status)
    return statuses.filter((status) => status === 429).length
  }
  assert.equal(await many(26, 'POST', '/v2/objects/companies/records', { data: { values: {} } }), 1)
  assert.equal(await many(11, 'GET', '/v2/notes?limit=1'), 1)
  assert.equal(await many(91, 'POST', '/v2/objects/companies/records/query', { limit: 1 }), 1)
})

test('the sum of scores in ten seconds is limited, a query over the cap is refused every time', async (t) => {
  let now = second(Date.now())
  const { ask } = await emulate(t, { clock: () => now, limits: { scorePer10s: 10, scorePerQuery: 4 } })
  const filter = (conditions: number) => ({ filter: { $and: Array(conditions).fill({ job_title: 'CTO' }) } })
  const query = async (conditions: number) =>
    (await ask('POST', '/v2/objects/people/records/query', filter(conditions))).status
  assert.deepEqual([await query(4), await query(4), await query(4)], [200, 200, 429])
  assert.equal(await query(0), 200)
  now += 10_001
  assert.equal(await query(4), 200)
  now += 60_000
  assert.equal(await query(5), 429)
  now += 60_000
  assert.equal(await query(5), 429)
})

test('another app of the workspace eats the budgets', async (t) => {
  const now = second(Date.now())
  const { ask, attio } = await emulate(t, { clock: () => now, limits: {} })
  attio.faults.otherApp.readsPerSecond = 98
  assert.deepEqual([(await ask('GET', '/v2/lists')).status, (await ask('GET', '/v2/lists')).status], [200, 200])
  assert.equal((await ask('GET', '/v2/lists')).status, 429)
  attio.faults.otherApp = { readsPerSecond: 0, scorePer10s: 1e9 }
  assert.equal((await ask('POST', '/v2/objects/people/records/query', { filter: { job_title: 'x' } })).status, 429)
})

test('the budget is of the workspace: another one is not touched', async (t) => {
  const now = second(Date.now())
  const { ask, attio } = await emulate(t, { clock: () => now, workspaces: 2, limits: { readsPerSecond: 1 } })
  assert.deepEqual([(await ask('GET', '/v2/lists')).status, (await ask('GET', '/v2/lists')).status], [200, 429])
  const other = await ask('GET', '/v2/lists', undefined, { authorization: `Bearer ${attio.workspaces[1]?.token}` })
  assert.equal(other.status, 200)
})
