import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../emulators/attio/index.ts'
import type { Topics } from '../support/topics.ts'
import { Acknowledged } from './acknowledged.ts'

const delivery = (key: string, state: Delivery['state']) =>
  ({ key, state, events: [{ event_type: 'record.updated' }] }) as unknown as Delivery

/** attio.notices with notices of these deliveries. */
const topicOf = (...keys: readonly string[]) =>
  ({
    read: async () => keys.map((key) => ({ value: Buffer.from(key) })),
    codec: { decode: (_: string, value: Buffer) => ({ delivery_key: String(value) }) },
  }) as unknown as Topics

test('an acknowledged delivery without a notice is lost; one that was refused or is under way is not', async () => {
  const log = [delivery('a', 'acked'), delivery('b', 'acked'), delivery('c', 'failed'), delivery('d', 'waiting')]
  const acknowledged = new Acknowledged(log)
  try {
    assert.deepEqual(await acknowledged.lost(topicOf('a')), ['b (record.updated)'])
    assert.deepEqual(await acknowledged.lost(topicOf('a', 'b')), [])
    assert.equal(acknowledged.count, 2)
  } finally {
    acknowledged.stop()
  }
})

test('deliveries that the log has forgotten are still counted', async () => {
  const log = [delivery('a', 'acked')]
  const acknowledged = new Acknowledged(log)
  try {
    assert.equal(acknowledged.count, 1)
    log.splice(0, 1, delivery('b', 'acked'))
    assert.deepEqual(await acknowledged.lost(topicOf()), ['a (record.updated)', 'b (record.updated)'])
  } finally {
    acknowledged.stop()
  }
})
