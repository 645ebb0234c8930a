import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryLog } from '@attio-stream/stream'
import { workedOff } from './upstream.ts'

const upstream = [{ group: 'enrich', topic: 'crm.records' }]
const handler = (took: () => void) => ({
  assigned: async () => [],
  revoked: async () => {},
  messages: async () => took(),
})

test('a stage that has not committed what it was given is waited for, also before it committed anything', async () => {
  const log = memoryLog({ topics: { 'crm.records': 2 } })
  const said: string[] = []
  const ask = (waitMs: number) => workedOff({ log, upstream, waitMs, say: (line) => said.push(line) })
  const message = { topic: 'crm.records', partition: 1, key: 'r1', value: Buffer.from('x') }
  await ask(0)
  assert.deepEqual(said, [], 'nothing was given')
  await log.produce([message])
  await ask(0)
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /enrich has not worked off crm\.records/)

  const taken = Promise.withResolvers<void>()
  const member = await log.join({
    group: 'enrich',
    topics: ['crm.records'],
    coPartitioned: true,
    handler: handler(taken.resolve),
  })
  await taken.promise
  await member.commit([{ topic: 'crm.records', partition: 1, offset: 1 }])
  await log.produce([message])
  await ask(0)
  assert.equal(said.length, 2)

  const waiting = ask(10_000)
  await member.commit([{ topic: 'crm.records', partition: 1, offset: 2 }])
  await waiting
  assert.equal(said.length, 2)
  await member.leave()
  await log.close()
})
