import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cut, type RealKafka, realKafka } from './kafka.wire.ts'
import { openCluster } from './kafka-client.ts'
import { kafkaLog } from './kafka-log.ts'
import { offsets } from './kafka-offsets.ts'
import { logConformance } from './log.conformance.ts'
import { until } from './log.given.ts'

let kafka: RealKafka
before(async () => {
  kafka = await realKafka()
})
after(() => kafka?.stop())

logConformance('Kafka', () => ({
  connect: async () => kafkaLog({ brokers: kafka.brokers }),
  topic: (partitions) => kafka.topic(partitions),
  kill: cut,
}))

test('topics and groups of a cell carry its prefix on the brokers and not in our code', async () => {
  const name = await kafka.topic(1, { name: 'cell-7.crm.names' })
  const [cell, plain] = [kafkaLog({ brokers: kafka.brokers, prefix: 'cell-7.' }), kafkaLog({ brokers: kafka.brokers })]
  try {
    const writer = await cell.transactional('stage-0')
    const at = { topic: 'crm.names', partition: 0 }
    await writer.commit({
      messages: [{ ...at, key: 'k', value: Buffer.from('v') }],
      group: 'stage',
      offsets: [{ ...at, offset: 3 }],
    })
    // What was committed shows a moment later, and at the latest when the next writer is open.
    await cell.transactional('stage-0')
    assert.deepEqual(await plain.committed('cell-7.stage', name), [3])
    const topics: string[] = []
    await cell.join({
      group: 'other',
      topics: ['crm.names'],
      coPartitioned: true,
      handler: {
        assigned: async (partitions) => {
          topics.push(...partitions.map(({ topic }) => topic))
          return []
        },
        revoked: async () => {},
        messages: async (topic, _partition, messages) => {
          topics.push(topic, ...messages.map((message) => message.topic))
        },
      },
    })
    await until(() => topics.length === 3)
    assert.deepEqual(topics, ['crm.names', 'crm.names', 'crm.names'])
  } finally {
    await cell.close()
    await plain.close()
  }
})

test('whoever asks about a topic while metadata is refreshed for others is told about it, not that it has no partitions', async () => {
  for (let round = 0; round < 20; round++) {
    const [known, asked] = [await kafka.topic(1), await kafka.topic(2)]
    const cluster = openCluster({ brokers: kafka.brokers })
    try {
      assert.equal((await offsets(cluster, known, 'beginning')).length, 1)
      ;(cluster as unknown as { brokerPool: { metadataExpireAt: number } }).brokerPool.metadataExpireAt = 0
      const others = [cluster.refreshMetadata(), cluster.refreshMetadataIfNecessary()]
      assert.deepEqual(await offsets(cluster, asked, 'beginning'), [0, 0])
      await Promise.all(others)
    } finally {
      await cluster.disconnect()
    }
  }
})

test('an idle log re-arms no timers', async () => {
  const log = kafkaLog({ brokers: kafka.brokers })
  const topic = await kafka.topic(4)
  const warnings: string[] = []
  const onWarning = (warning: Error) => warnings.push(warning.name)
  process.on('warning', onWarning)
  const handler = { assigned: async () => [], revoked: async () => {}, messages: async () => {} }
  await log.join({ group: topic, topics: [topic], coPartitioned: true, handler })
  await log.produce([{ topic, partition: 0, key: 'k', value: null }])
  const original = globalThis.setTimeout
  let armed = 0
  globalThis.setTimeout = ((...args: Parameters<typeof original>) => {
    armed++
    return original(...args)
  }) as typeof original
  try {
    const start = process.cpuUsage()
    await new Promise((resolve) => original(resolve, 2_000))
    const { user, system } = process.cpuUsage(start)
    assert.ok(armed < 100, `${armed} timers in two seconds`)
    assert.ok(user + system < 200_000, `${(user + system) / 20_000} % of a core`)
  } finally {
    globalThis.setTimeout = original
    process.off('warning', onWarning)
    await log.close()
  }
  assert.equal(warnings.includes('TimeoutNegativeWarning'), false)
})

test('a member keeps its partitions while its handler is slower than its session', async () => {
  const log = kafkaLog({ brokers: kafka.brokers })
  const topic = await kafka.topic(1)
  await log.produce([{ topic, partition: 0, key: 'k', value: null }])
  const events: string[] = []
  const held = Promise.withResolvers<void>()
  try {
    const member = await log.join({
      group: topic,
      topics: [topic],
      coPartitioned: true,
      sessionTimeoutMs: 6_000,
      handler: {
        assigned: async () => {
          events.push('assigned')
          return []
        },
        revoked: async () => void events.push('revoked'),
        messages: async () => {
          events.push('messages')
          await held.promise
        },
      },
    })
    await until(() => events.includes('messages'))
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    await member.commit([{ topic, partition: 0, offset: 1 }])
    assert.deepEqual(events, ['assigned', 'messages'])
  } finally {
    held.resolve()
    await log.close()
  }
})

test('a member killed and started again on the same disk has its partitions back at once', async () => {
  const { mkdtempSync } = await import('node:fs')
  const directory = mkdtempSync('/tmp/stream-member-')
  const topic = await kafka.topic(2)
  const handler = (into: string[]) => ({
    assigned: async (partitions: readonly unknown[]) => {
      into.push(...partitions.map(() => 'assigned'))
      return []
    },
    revoked: async () => {},
    messages: async () => {},
  })
  const join = async (into: string[]) => {
    const log = kafkaLog({ brokers: kafka.brokers, directory })
    await log.join({ group: topic, topics: [topic], coPartitioned: true, handler: handler(into) })
    await until(() => into.length === 2)
    return log
  }
  await cut(await join([]))
  const started = Date.now()
  const second = await join([])
  assert.ok(Date.now() - started < 4_000, `${Date.now() - started} ms`)
  await second.close()
})

test('the log goes on by itself when the brokers come back', async (t) => {
  if (process.env.KAFKA_BROKERS) return t.skip('the brokers of KAFKA_BROKERS are not ours to restart')
  const log = kafkaLog({ brokers: kafka.brokers })
  const topic = await kafka.topic(1)
  const seen: string[] = []
  try {
    await log.join({
      group: topic,
      topics: [topic],
      coPartitioned: true,
      handler: {
        assigned: async () => [],
        revoked: async () => {},
        messages: async (_topic, _partition, messages) => void seen.push(...messages.map(({ key }) => key)),
      },
    })
    await log.produce([{ topic, partition: 0, key: 'before', value: null }])
    await until(() => seen.includes('before'))
    kafka.kill()
    const waiting = log.produce([{ topic, partition: 0, key: 'during', value: null }], { timeoutMs: 60_000 })
    waiting.catch(() => {})
    await assert.rejects(
      log.produce([{ topic, partition: 0, key: 'impatient', value: null }], { timeoutMs: 300 }),
      /did not acknowledge/,
    )
    await kafka.restart()
    await waiting
    await until(() => seen.includes('during'))
  } finally {
    await log.close()
  }
})
