import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { assertFree, freePort, isFree } from './port.ts'

test('a taken port is one sentence with the three ways out', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  try {
    await assert.rejects(assertFree('kafka', port), {
      name: 'StackError',
      message:
        `Port ${port} is taken, so Kafka cannot start: stop the program that listens there, set KAFKA_PORT to a free port, ` +
        'or set KAFKA_BROKERS if it is a Kafka you want to use.',
    })
  } finally {
    other.close()
  }
})

test('a program that listens on every address takes the port too', async () => {
  const other = createServer().listen(0, '0.0.0.0')
  await once(other, 'listening')
  try {
    assert.equal(await isFree((other.address() as AddressInfo).port), false)
  } finally {
    other.close()
  }
})

test('free ports are free, all different, and never one the system hands to outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort))
  assert.equal(new Set(ports).size, 20)
  assert.ok(ports.every((port) => port >= 20_000 && port < 32_000))
  for (const port of ports) await assertFree('postgres', port)
})
