import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { memoryCodec, openCodec } from './codec.ts'
import { DecodeError, LogUnavailable } from './errors.ts'
import { sampleRecord } from './sample-stage.ts'
import { schemaOf, subjectOf } from './schemas.ts'

test('a value comes back as it was written, as a plain object', () => {
  const codec = memoryCodec()
  const record = { ...sampleRecord('companies', 'text ä 🚀'), fence: 1_800_000_000_123 }
  assert.deepEqual(codec.decode('crm.records', codec.encode('crm.records', record)), record)
})

test('a value larger than any before it is encoded whole', () => {
  const codec = memoryCodec()
  const record = sampleRecord('companies', 'x'.repeat(3_000_000))
  assert.deepEqual(codec.decode('crm.records', codec.encode('crm.records', record)), record)
})

test('an earlier encoding is untouched by the next one', () => {
  const codec = memoryCodec()
  const first = codec.encode('crm.records', sampleRecord('a', 'first'))
  codec.encode('crm.records', sampleRecord('b', 'second'))
  assert.equal(codec.decode('crm.records', first).body, 'first')
})

test('broken bytes are a DecodeError that quotes nothing of them', async () => {
  const codec = memoryCodec()
  const good = codec.encode('crm.records', sampleRecord('companies', 'secret'))
  const broken = [
    Buffer.alloc(0),
    Buffer.from('secret'),
    good.subarray(0, 12),
    Buffer.concat([good, Buffer.from('secret')]),
    Buffer.from([0, 0, 0, 3, 231, 1, 2]),
  ]
  await codec.prepare('crm.records', broken)
  for (const bytes of broken) {
    assert.throws(
      () => codec.decode('crm.records', bytes),
      (error) => error instanceof DecodeError && !error.message.includes('secret'),
    )
  }
})

test('a value written with an older schema is read with ours, after its writer was prepared once', async () => {
  const ours = schemaOf('crm.names') as { fields: { name: string }[] }
  const older = { ...ours, fields: ours.fields.filter(({ name }) => name !== 'card') }
  const registry = await fakeRegistry({ 77: older })
  try {
    const codec = await openCodec({ registryUrl: registry.url })
    const { default: avsc } = await import('avsc')
    const value = { workspace_id: 'w', kind: 'object', id: '1', name: 'n', deleted: false, hash: 'h' }
    const body = avsc.Type.forSchema(older as never).toBuffer(value)
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 77]), body])
    assert.throws(() => codec.decode('crm.names', bytes), DecodeError)
    await codec.prepare('crm.names', [bytes, null, bytes])
    await codec.prepare('crm.names', [bytes])
    assert.deepEqual(codec.decode('crm.names', bytes), { ...value, card: null })
    assert.equal(registry.asked(77), 1)
    await codec.prepare('crm.names', [Buffer.from([0, 0, 0, 0, 99, 1])])
    assert.throws(() => codec.decode('crm.names', Buffer.from([0, 0, 0, 0, 99, 1])), DecodeError)
  } finally {
    await registry.stop()
  }
})

test('a registry that is away may heal, a schema that is not registered is named', async () => {
  const registry = await fakeRegistry({}, 'crm.names')
  try {
    await assert.rejects(openCodec({ registryUrl: registry.url }), /crm\.names-value: run provision first/)
  } finally {
    await registry.stop()
  }
  await assert.rejects(openCodec({ registryUrl: registry.url }), LogUnavailable)
})

/** Answers as the registry does: ids by subject (POST), schemas by id (GET). */
async function fakeRegistry(schemas: Readonly<Record<number, unknown>>, absent?: 'crm.names') {
  const asked = new Map<number, number>()
  const subjects = new Map<string, number>()
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const subject = /^\/subjects\/(.+)$/.exec(request.url ?? '')?.[1]
    const id = Number(/^\/schemas\/ids\/(\d+)$/.exec(request.url ?? '')?.[1])
    if (subject !== undefined) {
      if (absent !== undefined && subject === subjectOf(absent))
        return answer(404, { error_code: 40403, message: 'no' })
      if (!subjects.has(subject)) subjects.set(subject, subjects.size + 1)
      return answer(200, { id: subjects.get(subject) })
    }
    asked.set(id, (asked.get(id) ?? 0) + 1)
    const schema = schemas[id]
    if (schema === undefined) return answer(404, { error_code: 40403, message: 'no' })
    answer(200, { schema: JSON.stringify(schema) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: (id: number) => asked.get(id) ?? 0,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
