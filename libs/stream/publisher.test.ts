import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryCodec } from './codec.ts'
import type { StoredMessage } from './log.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'
import { messageLimit } from './message-limit.ts'
import { publisher } from './publisher.ts'
import type { Output } from './stage.ts'

const codec = memoryCodec()
const headers = { workspace: 'w' }
function change(id: string, bytes: number): Output {
  const about = { workspace_id: 'w', kind: 'note', id, object_id: null, list_id: null }
  const value = { ...about, fence: 1, source: 'backfill', gone: false, payload: 'x'.repeat(bytes) }
  return { topic: 'attio.changes', key: id, value, headers }
}
async function given() {
  const log = memoryLog({ topics: { 'attio.changes': 1, 'crm.dead-letters': 1 } })
  const out = publisher(log, codec, { stage: 'backfill' })
  return { log, out }
}
async function messages(log: MemoryLog, topic: string): Promise<readonly StoredMessage[]> {
  const found: StoredMessage[] = []
  await log.read({ topic, from: new Map([[0, 0]]), until: 'end', onMessages: (_, some) => void found.push(...some) })
    .done
  return found
}

test('R12: what no message can hold becomes a dead letter that says so, and its neighbours are written', async () => {
  const { log, out } = await given()
  const large = messageLimit('attio.changes')
  await out.publish([change('n1', 10), change('n2', large), change('n3', 10)])
  assert.deepEqual(
    (await messages(log, 'attio.changes')).map(({ key }) => key),
    ['n1', 'n3'],
  )
  const [stored, ...others] = await messages(log, 'crm.dead-letters')
  assert.deepEqual(others, [])
  const letter = codec.decode('crm.dead-letters', stored?.value ?? assert.fail('no letter'))
  assert.deepEqual(
    [letter.stage, letter.fault, letter.topic, letter.offset, letter.workspace_id, letter.key?.toString()],
    ['backfill', 'too-large', 'attio.changes', null, 'w', 'n2'],
  )
  assert.ok((letter.value_size ?? 0) > large && (letter.value?.length ?? 0) < large, 'it is cut to what fits')
  assert.match(letter.reason, /of n2 takes \d+ bytes/)
})

test('what just fits is written', async () => {
  const { log, out } = await given()
  await out.publish([change('n1', messageLimit('attio.changes') - 8192)])
  assert.equal((await messages(log, 'attio.changes')).length, 1)
})
