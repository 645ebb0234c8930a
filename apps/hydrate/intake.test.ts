import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Notice } from '@attio-stream/contracts'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { Hydrator } from './hydrator.ts'
import { Intake } from './intake.ts'
import { parkingInMemory } from './parking.ts'
import type { Standing } from './workspaces.ts'

const codec = memoryCodec()
const notice = (id: string, workspace = 'w'): Notice => ({
  workspace_id: workspace,
  source: 'webhook',
  event_type: 'record.updated',
  kind: 'record',
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
const send = (log: MemoryLog, ...notices: readonly Notice[]) =>
  publisher(log, codec).publish(notices.map((value) => ({ topic: 'attio.notices', key: value.id, value })))
async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = performance.now() + 5000; performance.now() < deadline; await pause(5))
    if (await holds()) return
  assert.fail(`${what} did not happen`)
}

async function given(standing: (workspace: string) => Standing, maxPending = 1000) {
  const log = memoryLog({ topics: { 'attio.notices': 1, 'attio.changes': 1, 'crm.dead-letters': 1 }, batch: 10 })
  const out = publisher(log, codec)
  const parking = parkingInMemory()
  const intake = new Intake({ log, codec, publisher: out, maxPending, commitEvery: 1 })
  const hydrator = new Hydrator({
    publisher: out,
    codec,
    workspaces: { of: standing, refused: async () => undefined },
    parking,
    agenda: { trailing: 10 },
    readsAtOnce: 8,
    readsPerWorkspace: 4,
    settled: (places) => intake.settled(places),
  })
  await intake.join(hydrator)
  const committed = async (): Promise<number> => (await log.committed('hydrate', 'attio.notices'))[0] ?? -1
  const stop = async (): Promise<void> => {
    await hydrator.stop()
    await intake.leave()
  }
  return { log, hydrator, parking, committed, stop }
}

test('a message that is no notice is buried with its bytes, and the next ones go on', async () => {
  const { log, committed, stop } = await given(() => ({ kind: 'disconnected' }))
  await log.produce([{ topic: 'attio.notices', partition: 0, key: 'k', value: Buffer.from('not Avro') }])
  await send(log, notice('r1'))
  await until('both are settled', async () => (await committed()) === 2)
  assert.deepEqual(await log.ends('crm.dead-letters'), [1])
  await stop()
})

test('with too many notices pending the partition waits, and nothing of it is lost', async () => {
  let kind: 'unclear' | 'disconnected' = 'unclear'
  const { log, hydrator, committed, stop } = await given(() => ({ kind }), 15)
  await send(log, ...Array.from({ length: 200 }, (_, n) => notice(`r${n}`)))
  await until('the partition waits', () => hydrator.agenda.notices >= 15)
  await pause(30)
  assert.ok(hydrator.agenda.notices <= 25, String(hydrator.agenda.notices))
  assert.equal(await committed(), -1)
  kind = 'disconnected'
  await until('all are settled', async () => (await committed()) === 200)
  await stop()
})

test('notices of a broken workspace are parked and committed, one per thing; those of an unknown one wait', async () => {
  const { log, parking, committed, stop } = await given((workspace) => ({
    kind: workspace === 'w' ? 'broken' : 'unknown',
  }))
  await send(log, notice('r1'), notice('r1'), notice('r2'))
  await until('they are settled', async () => (await committed()) === 3)
  assert.equal(parking.parked.size, 2)
  await send(log, notice('r3', 'never heard of'))
  await pause(30)
  assert.equal(await committed(), 3)
  await stop()
})

test('stopping leaves unsettled notices to the next process', async () => {
  const { log, hydrator, committed, stop } = await given(() => ({ kind: 'unclear' }))
  await send(log, notice('r1'))
  await until('it is taken in', () => hydrator.agenda.notices === 1)
  await stop()
  assert.equal(await committed(), -1)
})
