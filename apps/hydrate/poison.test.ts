import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttioClient } from '@attio-stream/attio'
import type { DeadLetter, Notice } from '@attio-stream/contracts'
import {
  type Codec,
  DEAD_LETTERS,
  DecodeError,
  LogUnavailable,
  type MemoryLog,
  memoryCodec,
  memoryLog,
  publisher,
} from '@attio-stream/stream'
import { Hydrator } from './hydrator.ts'
import { Intake } from './intake.ts'
import { parkingInMemory } from './parking.ts'

const codec = memoryCodec()
/** Of a kind nobody knows how to read: never asked of Attio, buried. */
const notice = (id: string, kind = 'hologram'): Notice => ({
  workspace_id: 'w',
  source: 'webhook',
  event_type: 'hologram.updated',
  kind,
  id,
  object_id: 'o',
  list_id: null,
  parent_record_id: null,
  parent_object_id: null,
  related_id: null,
  nominates: false,
  actor_type: null,
  actor_id: null,
  delivery_key: null,
  received_at: Date.now(),
})

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 2)))
    assert.ok(Date.now() < deadline, `in vain: ${holds}`)
}

const whole: Codec = {
  encode: (topic, value) => codec.encode(topic, value),
  decode: (topic, bytes) => codec.decode(topic, bytes),
  prepare: (topic, values) => codec.prepare(topic, values),
  writers: (topic) => codec.writers(topic),
  prepareWriters: (topic, ids) => codec.prepareWriters(topic, ids),
}

async function given(log: MemoryLog, code: Codec = codec) {
  const out = publisher(log, codec)
  const intake = new Intake({ log, codec: code, publisher: out, maxPending: 1000, commitEvery: 1 })
  const hydrator = new Hydrator({
    publisher: out,
    codec,
    workspaces: {
      of: () => ({ kind: 'active', client: { for: () => assert.fail('Attio was asked') } as unknown as AttioClient }),
      refused: async () => undefined,
    },
    parking: parkingInMemory(),
    agenda: { trailing: 10 },
    readsAtOnce: 1,
    readsPerWorkspace: 1,
    settled: (places) => intake.settled(places),
  })
  const member = await intake.join(hydrator)
  const stop = async (): Promise<void> => {
    await hydrator.stop()
    await intake.leave()
  }
  return { hydrator, intake, member, stop }
}

const newLog = (): MemoryLog => memoryLog({ topics: { 'attio.notices': 1, 'attio.changes': 1, [DEAD_LETTERS]: 1 } })
const committed = async (log: MemoryLog): Promise<number> => (await log.committed('hydrate', 'attio.notices'))[0] ?? -1
const send = (log: MemoryLog, ...values: readonly (Notice | Buffer)[]) =>
  log.produce(
    values.map((value, n) => ({
      topic: 'attio.notices',
      partition: 0,
      key: `k${n}`,
      value: Buffer.isBuffer(value) ? value : codec.encode('attio.notices', value),
      headers: { workspace: 'w', attempts: '1' },
    })),
  )
async function letters(log: MemoryLog): Promise<readonly DeadLetter[]> {
  const all: DeadLetter[] = []
  const onMessages = (_: number, some: readonly { value: Buffer | null }[]): void => {
    for (const { value } of some) if (value !== null) all.push(codec.decode(DEAD_LETTERS, value))
  }
  await log.read({ topic: DEAD_LETTERS, from: new Map([[0, 0]]), until: 'end', onMessages }).done
  return all
}

test('R12: the letter of a notice that cannot be read keeps its bytes, headers, place and attempts', async () => {
  const log = newLog()
  const { stop } = await given(log)
  await send(log, Buffer.from('rubbish'))
  await until(async () => (await committed(log)) === 1)
  await stop()
  const [letter, ...others] = await letters(log)
  assert.equal(others.length, 0)
  assert.deepEqual(
    [letter?.stage, letter?.fault, letter?.workspace_id, letter?.topic, letter?.partition, letter?.offset],
    ['hydrate', 'unreadable', 'w', 'attio.notices', 0, 0],
  )
  assert.deepEqual(
    [String(letter?.key), String(letter?.value), letter?.headers, letter?.attempts],
    ['k0', 'rubbish', { workspace: 'w', attempts: '1' }, 2],
  )
})

test('R12: a letter of what cannot be read that cannot be written stops hydrate, and nothing is committed', async () => {
  const log = newLog()
  log.refuse(DEAD_LETTERS, true)
  const { member, stop } = await given(log)
  await send(log, Buffer.from('rubbish'))
  await assert.rejects(member.failed, LogUnavailable)
  assert.equal(await committed(log), -1)
  await stop()
})

test('R12: a notice whose letter cannot be written is not settled, and is buried when it can', async () => {
  const log = newLog()
  log.refuse(DEAD_LETTERS, true)
  const { hydrator, stop } = await given(log)
  await send(log, notice('x1'))
  await until(() => hydrator.agenda.ofWorkspace('w').some(({ attempts }) => attempts > 0))
  assert.equal(await committed(log), -1)
  log.refuse(DEAD_LETTERS, false)
  await until(async () => (await committed(log)) === 1)
  assert.equal((await letters(log)).length, 1)
  await stop()
})

test('R12: when most notices cannot be read hydrate stands still, and other code finds them all where they were', async () => {
  const log = newLog()
  const wrong = await given(log, {
    ...whole,
    decode: (topic) => {
      throw new DecodeError(topic, 'The schema is not known.')
    },
  })
  await send(log, ...Array.from({ length: 30 }, (_, n) => notice(`x${n}`)))
  await until(() => wrong.intake.standsStill !== undefined)
  await send(log, notice('x30'))
  await wrong.stop()
  assert.deepEqual([await committed(log), (await letters(log)).length], [-1, 0])
  const right = await given(log)
  await until(() => right.hydrator.agenda.things > 0)
  await right.stop()
  assert.equal(right.intake.standsStill, undefined)
})

test('R12: when most reads are refused for good hydrate stands still, and what it had not buried stays', async () => {
  const log = newLog()
  const { hydrator, stop } = await given(log)
  await send(log, ...Array.from({ length: 60 }, (_, n) => notice(`x${n}`)))
  await until(() => hydrator.standsStill !== undefined)
  await stop()
  const buried = (await letters(log)).length
  assert.ok(buried < 20, `${buried} letters`)
  assert.ok((await committed(log)) <= buried)
})
