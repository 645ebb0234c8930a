import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { body, CONNECTION, type Fixture, fixture, headersFor, updated } from './fixture.ts'
import { MAX_BODY } from './receiver.ts'
import { serveWebhooks, type WebhookServer } from './server.ts'

let given: Fixture
let server: WebhookServer
const answers: number[] = []
before(async () => {
  given = fixture()
  server = await serveWebhooks({
    port: 0,
    host: '127.0.0.1',
    receive: given.receive,
    answered: (status) => answers.push(status),
    failed: (error) => assert.fail(String(error)),
  })
})
after(() => server.close())

const url = (key = CONNECTION.key): string => `http://127.0.0.1:${server.port}/webhooks/attio/${key}`
const post = async (bytes: Buffer, headers: Record<string, string> = headersFor(bytes), to = url()): Promise<number> =>
  (await fetch(to, { method: 'POST', body: bytes, headers })).status

test('a signed delivery over the wire is 200, by either header', async () => {
  const bytes = body(updated('r1'))
  const signature = headersFor(bytes)['attio-signature'] ?? ''
  assert.equal(await post(bytes), 200)
  assert.equal(await post(bytes, { 'x-attio-signature': signature }), 200)
})

test('other paths are 404 and other methods 405', async () => {
  const bytes = body(updated('r1'))
  assert.equal(await post(bytes, {}, `http://127.0.0.1:${server.port}/`), 404)
  assert.equal(await post(bytes, {}, url('unknown-connection')), 404)
  assert.equal((await fetch(url())).status, 405)
})

test('a body of exactly 1 MiB is read, one byte more is 413', async () => {
  const filler = (size: number): Buffer => {
    const event = { ...updated('r1'), filler: '' }
    return body({ ...event, filler: 'x'.repeat(size - body(event).length) })
  }
  assert.equal(await post(filler(MAX_BODY)), 200)
  assert.equal(await post(filler(MAX_BODY + 1)), 413)
})

test('a body of unknown length is cut off at 1 MiB, while it still comes', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  const answer = Promise.withResolvers<string>()
  socket.once('data', (chunk) => answer.resolve(chunk.toString()))
  socket.write(`POST /webhooks/attio/${CONNECTION.key} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`)
  const chunk = 'y'.repeat(64 * 1024)
  for (let n = 0; n < 20; n += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
  assert.match(await answer.promise, /^HTTP\/1.1 413 /)
  socket.destroy()
})

test('a taken port is reported with the setting to change', async () => {
  const again = serveWebhooks({
    port: server.port,
    host: '127.0.0.1',
    receive: given.receive,
    answered: () => {},
    failed: () => {},
  })
  await assert.rejects(again, /WEBHOOK_PORT/)
})

test('closing answers the deliveries in hand, and waits for no connection that is kept open', async () => {
  const gate = Promise.withResolvers<void>()
  const slow = await serveWebhooks({
    port: 0,
    host: '127.0.0.1',
    receive: async (_key, _head, read) => {
      await read()
      await gate.promise
      return 200
    },
    answered: () => {},
    failed: () => {},
  })
  const bytes = body(updated('r1'))
  const headers = headersFor(bytes)
  const delivery = fetch(`http://127.0.0.1:${slow.port}/webhooks/attio/${CONNECTION.key}`, {
    method: 'POST',
    headers,
    body: bytes,
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  const closed = slow.close()
  gate.resolve()
  const answer = await delivery
  assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
  await closed
})
