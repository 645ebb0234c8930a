/** Webhook and hydrate against the emulated Attio, on a memory log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '@attio-stream/contracts'
import { memoryCodec, publisher } from '@attio-stream/stream'
import { truth } from '../emulators/attio/truth.ts'
import { until } from '../support/until.ts'
import { type LiveRig, liveRig, TRAILING } from './live-rig.ts'

const settled = (rig: LiveRig) =>
  until('every notice is committed', async () => assert.ok(await rig.settled()), { withinMs: 15_000 })
const idsOf = (rig: LiveRig, object: string, workspace?: string): readonly string[] => {
  const { records } = truth(rig.attio.world, { kind: 'ids', workspace }) as { records: Record<string, string[]> }
  return records[object] ?? []
}
const pick = (ids: readonly string[], index: number): string => ids[index] ?? assert.fail(`only ${ids.length} records`)
const last = (changes: readonly Change[], id: string): Change | undefined =>
  changes.findLast((change) => change.id === id)
const nameIn = (change: Change | undefined): unknown => {
  const payload = JSON.parse(change?.payload ?? '{}') as { values?: { name?: { value?: string }[] } }
  return payload.values?.name?.[0]?.value
}

test('an edit becomes a change with what Attio holds, read twice, and is committed after the second read', async () => {
  await using rig = await liveRig()
  const company = pick(idsOf(rig, 'companies'), 0)
  rig.attio.edit.renameRecord({ record: company, name: 'Renamed' })
  await until('a change', async () => assert.equal(nameIn(last(await rig.changes(), company)), 'Renamed'))
  assert.equal((await rig.notices()).committed, 0, 'one read is not enough')
  await settled(rig)
  const [first, second] = (await rig.changes()).filter((change) => change.id === company)
  const [notice] = await noticesOf(rig)
  assert.ok(first && second && notice && second.fence >= notice.received_at + TRAILING)
  assert.deepEqual(
    [first.kind, first.source, first.gone, first.workspace_id],
    ['record', 'webhook', false, rig.attio.workspaces[0]?.id],
  )
})

test('answers that trail the write are overtaken by the trailing read', async () => {
  await using rig = await liveRig({ faults: { getLagMs: TRAILING - 50, queryLagMs: TRAILING - 50 } })
  const companies = idsOf(rig, 'companies').slice(0, 8)
  for (const [n, record] of companies.entries()) rig.attio.edit.renameRecord({ record, name: `Late ${n}` })
  await settled(rig)
  const changes = await rig.changes()
  for (const [n, record] of companies.entries()) assert.equal(nameIn(last(changes, record)), `Late ${n}`)
})

test('a bulk edit is read with queries, not one by one', async () => {
  await using rig = await liveRig()
  const people = idsOf(rig, 'people').slice(0, 60)
  rig.attio.counters.reset()
  rig.attio.edit.bulkPatch({ records: [...people], values: { job_title: 'Chief of Tests' } })
  await settled(rig)
  const changes = await rig.changes()
  for (const id of people) assert.match(last(changes, id)?.payload ?? '', /Chief of Tests/)
  assert.ok(
    rig.attio.counters.values.requests < people.length * 2 * 0.75,
    JSON.stringify(rig.attio.counters.values.calls),
  )
})

test('a deleted record is gone; a made-up one that nobody nominated is not', async () => {
  await using rig = await liveRig()
  const company = pick(idsOf(rig, 'companies'), 0)
  rig.attio.edit.deleteRecord({ record: company })
  await settled(rig)
  assert.equal(last(await rig.changes(), company)?.gone, true)
  const [notice] = await noticesOf(rig)
  assert.ok(notice)
  const invented = {
    ...notice,
    id: '00000000-0000-4000-8000-000000000001',
    event_type: 'record.updated',
    nominates: false,
  }
  await publisher(rig.log, memoryCodec()).publish([{ topic: 'attio.notices', key: invented.id, value: invented }])
  await settled(rig)
  assert.equal(last(await rig.changes(), invented.id), undefined)
})

test('a deletion is not believed while its object cannot be seen', async () => {
  await using rig = await liveRig()
  const deal = pick(idsOf(rig, 'deals'), 0)
  rig.attio.faults.deliveries.paused = true
  rig.attio.edit.deleteRecord({ record: deal })
  rig.attio.edit.disableObject({ object: 'deals' })
  rig.attio.faults.deliveries.paused = false
  // The queue wakes with the next edit.
  rig.attio.edit.renameRecord({ record: pick(idsOf(rig, 'companies'), 0), name: 'x' })
  await settled(rig)
  assert.equal(last(await rig.changes(), deal), undefined)
  assert.ok(rig.events.some((event) => event.kind === 'skipped'))
})

for (const semantics of ['2026', '2025'] as const)
  test(`a merge (${semantics}) gives the survivor with its children, and the death of whoever is dead`, async () => {
    await using rig = await liveRig({ faults: { world: { mergeSemantics: semantics, mergeWindowMs: 100 } } })
    const people = idsOf(rig, 'people')
    const [primary, secondary] = [pick(people, 0), pick(people, 1)]
    const note = rig.attio.edit.createNote({ record: secondary, title: 'About', content: 'them' }).id
    const task = rig.attio.edit.createTask({ content: 'Call', records: [primary] }).id
    await settled(rig)
    const before = (await rig.changes()).length
    const { newRecordId: survivor } = rig.attio.edit.mergeRecords({ primary, secondary })
    await settled(rig)
    const changes = (await rig.changes()).slice(0)
    assert.ok(changes.length > before)
    assert.equal(last(changes, survivor)?.gone, false)
    for (const id of [primary, secondary]) assert.equal(last(changes, id)?.gone, id !== survivor, id)
    for (const child of [note, task]) assert.match(last(changes, child)?.payload ?? '', new RegExp(survivor))
    assert.ok(
      changes.every((change) => change.id !== survivor || !change.gone),
      'the survivor never died',
    )
  })

test('notes, tasks, entries, attributes and members come with their own changes', async () => {
  await using rig = await liveRig()
  const company = pick(idsOf(rig, 'companies'), 0)
  const { edit } = rig.attio
  const note = edit.createNote({ record: company, title: 'T', content: 'before' }).id
  edit.setNoteBody({ note, content: 'after' })
  const task = edit.createTask({ content: 'do', records: [company] }).id
  edit.completeTask({ task })
  edit.createAttribute({ in: 'companies', slug: 'mood', type: 'text', title: 'Mood' })
  const member = edit.addMember({ first: 'Zoe', last: 'New', email: 'zoe@example.com' }).id
  await settled(rig)
  const changes = await rig.changes()
  assert.match(last(changes, note)?.payload ?? '', /after/)
  assert.match(last(changes, task)?.payload ?? '', /"is_completed": ?true/)
  assert.ok(changes.some((change) => change.kind === 'object' && /"mood"/.test(change.payload ?? '')))
  assert.match(last(changes, member)?.payload ?? '', /Zoe/)
  edit.deleteTask({ task })
  edit.deleteNote({ note })
  await settled(rig)
  for (const id of [task, note]) assert.equal(last(await rig.changes(), id)?.gone, true)
})

test('a revoked token parks the notices of its workspace; others go on; reconnected, they are read', async () => {
  await using rig = await liveRig({ workspaces: 2 })
  const [one, two] = rig.attio.workspaces
  assert.ok(one && two)
  const mine = pick(idsOf(rig, 'companies', one.id), 0)
  const theirs = pick(idsOf(rig, 'companies', two.id), 0)
  rig.attio.edit.revokeToken({ token: one.token })
  rig.attio.edit.renameRecord({ workspace: one.id, record: mine, name: 'While broken' })
  rig.attio.edit.renameRecord({ workspace: two.id, record: theirs, name: 'Goes on' })
  await settled(rig)
  assert.deepEqual([...rig.broken], [one.id])
  assert.equal(last(await rig.changes(), mine), undefined)
  assert.equal(nameIn(last(await rig.changes(), theirs)), 'Goes on')
  assert.equal(rig.parking.parked.size, 1)
  rig.attio.edit.restoreToken({ token: one.token })
  rig.mended(one.id)
  await until('the parked notice is read', async () =>
    assert.equal(nameIn(last(await rig.changes(), mine)), 'While broken'),
  )
  assert.equal(rig.parking.parked.size, 0)
})

test('a missing scope buries the notices it concerns, with their bytes, and no others', async () => {
  await using rig = await liveRig()
  const token = rig.attio.workspaces[0]?.token ?? ''
  const scopes = ['record_permission:read', 'object_configuration:read']
  const company = pick(idsOf(rig, 'companies'), 0)
  rig.attio.edit.setScopes({ token, scopes })
  rig.attio.edit.createNote({ record: company, title: 'T', content: 'c' })
  rig.attio.edit.renameRecord({ record: company, name: 'Still read' })
  await settled(rig)
  assert.equal(nameIn(last(await rig.changes(), company)), 'Still read')
  const letters = await rig.deadLetters()
  assert.ok(letters.length >= 1)
  for (const letter of letters) {
    const notice = memoryCodec().decode('attio.notices', letter.value ?? assert.fail('no bytes'))
    assert.deepEqual([letter.stage, letter.topic, notice.kind], ['hydrate', 'attio.notices', 'note'])
  }
})

test('hydrate killed between its reads: another reads what was not committed', async () => {
  await using rig = await liveRig()
  const company = pick(idsOf(rig, 'companies'), 0)
  rig.attio.faults.requests.push({ kind: 'hang', ms: 60_000, match: '^GET /v2/objects' })
  rig.attio.edit.renameRecord({ record: company, name: 'Survives' })
  await until('a notice', async () => assert.ok((await rig.notices()).written > 0))
  const other = rig.log.connect()
  rig.kill()
  rig.attio.faults.requests.length = 0
  const again = await rig.hydrate(other)
  const codec = memoryCodec()
  await until('a change', async () => {
    let seen = false
    const onMessages = (_: number, messages: readonly { key: string; value: Buffer | null }[]): void => {
      for (const { key, value } of messages)
        if (key === company && value !== null) seen ||= nameIn(codec.decode('attio.changes', value)) === 'Survives'
    }
    await other.read({
      topic: 'attio.changes',
      from: new Map([0, 1, 2, 3].map((p) => [p, 0])),
      until: 'end',
      onMessages,
    }).done
    assert.ok(seen)
  })
  await again.stop()
})

test('faults of the network between us and Attio lose nothing', async () => {
  await using rig = await liveRig({
    faults: {
      requests: [
        { kind: 'html', rate: 0.15 },
        { kind: 'drop', rate: 0.1 },
        { kind: 'truncate', rate: 0.1 },
        { kind: 'rate429', rate: 0.05 },
      ],
      deliveries: { duplicateRate: 0.2, reorderMs: 50 },
    },
  }).catch((error: unknown) => assert.fail(String(error)))
  const companies = idsOf(rig, 'companies').slice(0, 20)
  for (const [n, record] of companies.entries()) rig.attio.edit.renameRecord({ record, name: `Rough ${n}` })
  rig.attio.edit.deleteRecord({ record: pick(companies, 19) })
  await until('every notice is committed', async () => assert.ok(await rig.settled()), { withinMs: 60_000 })
  const changes = await rig.changes()
  for (const [n, record] of companies.slice(0, 19).entries()) assert.equal(nameIn(last(changes, record)), `Rough ${n}`)
  assert.equal(last(changes, pick(companies, 19))?.gone, true)
})

async function noticesOf(rig: LiveRig) {
  const codec = memoryCodec()
  const found: ReturnType<typeof codec.decode<'attio.notices'>>[] = []
  const from = new Map([0, 1, 2, 3].map((partition) => [partition, 0]))
  const onMessages = (_: number, messages: readonly { value: Buffer | null }[]): void => {
    for (const { value } of messages) if (value !== null) found.push(codec.decode('attio.notices', value))
  }
  await rig.log.read({ topic: 'attio.notices', from, until: 'end', onMessages }).done
  return found
}
