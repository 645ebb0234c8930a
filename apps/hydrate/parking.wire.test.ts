/** Parked notices on a real Postgres. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Notice } from '@attio-stream/contracts'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import { parkingIn } from './parking.ts'

let directory: string
let stack: Stack
let control: Control
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-parking-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  control = await openControl({ databaseUrl: stack.addresses.databaseUrl ?? assert.fail('no Postgres') })
})
after(async () => {
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

const notice = (workspace: string, id: string, receivedAt: number): Notice => ({
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
  received_at: receivedAt,
})

test('parked notices are kept once per thing and event, the newest, and come back when their workspace does', async () => {
  const parking = parkingIn(control)
  await parking.park([notice('w', 'r1', 1), notice('w', 'r2', 2), notice('w', 'r1', 3)])
  await parking.park([notice('w', 'r2', 4), notice('v', 'r1', 5)])
  assert.deepEqual((await parking.workspaces()).toSorted(), ['v', 'w'])
  const back: Notice[] = []
  assert.equal(await parking.release('w', async (notices) => void back.push(...notices)), 2)
  assert.deepEqual(back.map(({ id, received_at }) => `${id} ${received_at}`).toSorted(), ['r1 3', 'r2 4'])
  assert.deepEqual(await parking.workspaces(), ['v'])
})

test('what could not be forwarded stays, and what was parked meanwhile is not forgotten with the older one', async () => {
  const parking = parkingIn(control)
  await parking.park([notice('x', 'r1', 1)])
  await assert.rejects(
    parking.release('x', () => Promise.reject(new Error('brokers away'))),
    /brokers away/,
  )
  const back: number[] = []
  await parking.release('x', async ([first]) => {
    back.push(first?.received_at ?? 0)
    if (back.length === 1) await parking.park([notice('x', 'r1', 2)])
  })
  assert.deepEqual(back, [1, 2])
})
