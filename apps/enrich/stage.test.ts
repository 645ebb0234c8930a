import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Artifact, Card, ChildContent, RecordContent, Values } from '@attio-stream/crm'
import { type DriveOptions, drive } from '@attio-stream/stream'
import { enrichStage } from './stage.ts'

const W = 'w1'
const COMPANIES = 'o-companies'
const DEALS = 'o-deals'
const started = (options: DriveOptions = {}) => {
  const stage = drive(enrichStage({ linger: { live: 0, catchingUp: 0 } }), options)
  const name = (kind: 'record' | 'object' | 'list' | 'member', id: string, title: string | null, card: Card | null) =>
    stage.send('crm.names', `${W}/${kind}/${id}`, {
      workspace_id: W,
      kind,
      id,
      name: title,
      deleted: card === null,
      hash: '',
      card: card === null ? null : JSON.stringify(card),
    })
  const attribute = (slug: string, type: string) => ({ slug, title: `${slug}!`, type, multiple: true, currency: null })
  const object = (id: string, slug: string, slugs: readonly [string, string][]) =>
    name('object', id, slug, {
      kind: 'object',
      slug,
      singular: slug,
      plural: slug,
      attributes: slugs.map(([s, type]) => attribute(s, type)),
    })
  const record = (objectId: string, id: string, values: Values, title: string | null = id) => {
    const content: RecordContent = {
      object: objectId,
      record: id,
      createdAt: '2026-01-01T00:00:00.000Z',
      webUrl: null,
      name: title,
      values,
    }
    const body = JSON.stringify(content)
    return stage.send('crm.records', id, {
      workspace_id: W,
      object_id: objectId,
      fence: 1,
      hash: body,
      deleted: false,
      body,
    })
  }
  const dead = (objectId: string, id: string) => {
    const state = { workspace_id: W, object_id: objectId, fence: 2, hash: '', deleted: true, body: null }
    return stage.send('crm.records', id, state)
  }
  const filed = (recordId: string, child: ChildContent) =>
    stage.send('crm.attachments', `${recordId}/${child.kind}/${child.id}`, {
      workspace_id: W,
      record_id: recordId,
      kind: child.kind,
      id: child.id,
      hash: JSON.stringify(child),
      body: JSON.stringify(child),
    })
  const unfiled = (recordId: string, kind: string, id: string) =>
    stage.send('crm.attachments', `${recordId}/${kind}/${id}`, null)
  const shows = (id: string): Artifact => {
    const state = stage.last('crm.artifacts').get(id)
    assert.ok(state?.body, `no artifact of ${id}`)
    return JSON.parse(state.body)
  }
  return { stage, name, object, record, dead, filed, unfiled, shows }
}
const reference = (record: string): Values => ({ company: [{ kind: 'record-reference', object: 'companies', record }] })
const note = (id: string, day: number, text = 'called'): ChildContent => ({
  kind: 'note',
  id,
  createdAt: new Date(Date.UTC(2026, 0, day)).toISOString(),
  author: { type: 'workspace-member', id: 'm1' },
  title: id,
  text,
})
const keysOf = (outputs: readonly { topic: string; key: string }[], topic: string) =>
  outputs.filter((output) => output.topic === topic).map((output) => output.key)

test('renaming a company re-emits the deals that show its name, and no others', () => {
  const { object, record, name, shows } = started()
  object(COMPANIES, 'companies', [])
  object(DEALS, 'deals', [['company', 'record-reference']])
  name('record', 'c1', 'Old', { kind: 'record', object: COMPANIES })
  record(DEALS, 'd1', reference('c1'))
  record(DEALS, 'd2', reference('c2'))
  const outputs = name('record', 'c1', 'New', { kind: 'record', object: COMPANIES })
  assert.deepEqual(keysOf(outputs, 'crm.artifacts'), ['d1'])
  const [value] = shows('d1').attributes[0]?.values ?? []
  assert.equal(value?.kind === 'record-reference' && value.name, 'New')
})

test('the same state again emits nothing', () => {
  const { object, record } = started()
  object(DEALS, 'deals', [])
  assert.equal(record(DEALS, 'd1', {}).length, 1)
  assert.equal(record(DEALS, 'd1', {}).length, 0)
})

test('a record of an unknown object waits, its object is asked for once, and it is emitted when the object is known', () => {
  const { object, record } = started()
  const first = record(DEALS, 'd1', {})
  const second = record(DEALS, 'd2', {})
  assert.deepEqual(keysOf(first, 'attio.notices'), [DEALS])
  assert.deepEqual(second, [])
  assert.deepEqual(keysOf(object(DEALS, 'deals', []), 'crm.artifacts').sort(), ['d1', 'd2'])
})

test('a note appears on its record, a re-filed one leaves it, newest first', () => {
  const { object, record, filed, unfiled, shows } = started()
  object(DEALS, 'deals', [])
  record(DEALS, 'd1', {})
  filed('d1', note('n1', 1))
  filed('d1', note('n3', 3))
  filed('d1', note('n2', 2))
  assert.deepEqual(
    shows('d1').activity.map((item) => item.id),
    ['n3', 'n2', 'n1'],
  )
  unfiled('d1', 'note', 'n3')
  assert.deepEqual(
    shows('d1').activity.map((item) => item.id),
    ['n2', 'n1'],
  )
})

test('of a thousand long notes the newest that fit are carried and all are counted', () => {
  const { object, record, filed, shows } = started()
  object(DEALS, 'deals', [])
  for (let day = 1; day <= 1000; day++) filed('d1', note(`n${day}`, day, 'x'.repeat(1_000)))
  record(DEALS, 'd1', {})
  const artifact = shows('d1')
  assert.equal(artifact.notes, 1000)
  assert.ok(artifact.activity.length > 150 && artifact.activity.length < 200, String(artifact.activity.length))
  assert.equal(artifact.activity[0]?.id, 'n1000')
})

test('a member renamed re-emits the records whose notes show the name', () => {
  const { object, record, filed, name } = started()
  object(DEALS, 'deals', [])
  record(DEALS, 'd1', {})
  filed('d1', note('n1', 1))
  const outputs = name('member', 'm1', 'Ann Lee', { kind: 'member', email: null })
  assert.deepEqual(keysOf(outputs, 'crm.artifacts'), ['d1'])
})

test('when a record dies its artifact dies once, and who referred to it is read again', () => {
  const { object, record, dead, name } = started()
  object(COMPANIES, 'companies', [])
  object(DEALS, 'deals', [['company', 'record-reference']])
  record(COMPANIES, 'c1', {})
  name('record', 'c1', 'Acme', { kind: 'record', object: COMPANIES })
  record(DEALS, 'd1', reference('c1'))
  const [death, ...rest] = dead(COMPANIES, 'c1')
  assert.deepEqual(rest, [])
  assert.equal(death?.topic === 'crm.artifacts' && death.value?.deleted, true)
  assert.equal(death?.headers?.slug, 'companies')
  assert.deepEqual(dead(COMPANIES, 'c1'), [])
  const outputs = name('record', 'c1', null, null)
  assert.deepEqual(keysOf(outputs, 'crm.artifacts'), ['d1'], 'the dead name is left out')
  const [asked] = outputs.filter((output) => output.topic === 'attio.notices')
  assert.equal(asked?.key, 'd1')
  assert.equal(asked?.topic === 'attio.notices' && asked.value?.source, 'referrer')
})

test('when a record dies, the list entries that refer to it are read again, and nothing is for a list that dies', () => {
  const { object, record, filed, name } = started()
  object(COMPANIES, 'companies', [])
  record(COMPANIES, 'c1', {})
  name('record', 'p1', 'Ann', { kind: 'record', object: 'o-people' })
  name('list', 'l1', 'Pipeline', { kind: 'list', slug: 'pipeline', attributes: [] })
  filed('c1', {
    kind: 'entry',
    id: 'e1',
    list: 'l1',
    createdAt: '2026-01-01T00:00:00.000Z',
    author: null,
    values: { champion: [{ kind: 'record-reference', object: 'people', record: 'p1' }] },
  })
  const asked = (outputs: ReturnType<typeof name>) =>
    outputs.flatMap((output) =>
      output.topic === 'attio.notices' && output.value !== null
        ? [[output.value.kind, output.value.id, output.value.list_id]]
        : [],
    )
  assert.deepEqual(asked(name('record', 'p1', null, null)), [['entry', 'e1', 'l1']])
  assert.deepEqual(asked(name('list', 'l1', null, null)), [])
})

test('what arrives after the death of what it refers to was read before it, and is read again, once a state', () => {
  const { stage, object, record, filed, name } = started()
  object(DEALS, 'deals', [['company', 'record-reference']])
  name('list', 'l1', 'Pipeline', { kind: 'list', slug: 'pipeline', attributes: [] })
  name('record', 'c1', null, null)
  const asked = (outputs: ReturnType<typeof name>) => keysOf(outputs, 'attio.notices')
  assert.deepEqual(asked(record(DEALS, 'd1', reference('c1'))), ['d1'])
  assert.deepEqual(asked(filed('d1', note('n1', 1))), [])
  assert.deepEqual(asked(record(DEALS, 'd1', reference('c1'), 'renamed')), ['d1'])
  const entry = { kind: 'entry', id: 'e1', list: 'l1', createdAt: '2026-01-01T00:00:00.000Z', author: null } as const
  assert.deepEqual(asked(filed('d1', { ...entry, values: reference('c1') })), ['e1'])
  assert.deepEqual(asked(record(DEALS, 'd1', {})), [])
  assert.deepEqual(stage.restart({ disk: true }), [])
})

test('after a takeover without disk, whoever still refers to a dead record is read again', () => {
  const { stage, object, record, name } = started()
  object(DEALS, 'deals', [['company', 'record-reference']])
  name('record', 'c1', null, null)
  record(DEALS, 'd1', reference('c1'))
  record(DEALS, 'd2', reference('c2'))
  assert.deepEqual(keysOf(stage.restart({ disk: false }), 'attio.notices'), ['d1'])
  assert.deepEqual(stage.restart({ disk: true }), [])
})

test('a forgotten record is forgotten downstream, with what its document id is made of', () => {
  const { stage, object, record, dead } = started()
  object(DEALS, 'deals', [])
  record(DEALS, 'd1', {})
  dead(DEALS, 'd1')
  const [forgotten] = stage.send('crm.records', 'd1', null)
  assert.equal(forgotten?.value, null)
  assert.deepEqual([forgotten?.headers?.object, forgotten?.headers?.slug], [DEALS, 'deals'])
})

test('a record forgotten while it lives is forgotten downstream, with the workspace its document is found in', () => {
  const { stage, object, record } = started()
  object(DEALS, 'deals', [])
  const shown = record(DEALS, 'd1', {}).find(({ topic }) => topic === 'crm.artifacts')
  const [forgotten] = stage.send('crm.records', 'd1', null)
  assert.equal(forgotten?.value, null)
  assert.deepEqual(
    [forgotten?.headers?.workspace, forgotten?.headers?.object, forgotten?.headers?.slug],
    [shown?.headers?.workspace, DEALS, 'deals'],
  )
})

test('a record that died before it was ever shown emits nothing', () => {
  const { object, dead } = started()
  object(DEALS, 'deals', [])
  assert.deepEqual(dead(DEALS, 'd1'), [])
})

test('a takeover emits only what differs from what was last emitted', () => {
  const { stage, object, record } = started()
  object(DEALS, 'deals', [])
  record(DEALS, 'd1', {})
  record(DEALS, 'd2', {})
  assert.deepEqual(stage.restart({ disk: false }), [])
})

test('a rename shown by very many records is emitted behind live work', () => {
  const { stage, object, record, name, dead } = started({ drain: 'live' })
  object(DEALS, 'deals', [['company', 'record-reference']])
  for (let n = 0; n < 1_200; n++) record(DEALS, `d${n}`, reference('c1'))
  assert.deepEqual(name('record', 'c1', 'New', { kind: 'record', object: COMPANIES }), [])
  assert.deepEqual(stage.owed(), { live: 0, background: 1_200, patient: true })
  const [first, ...rest] = keysOf([...dead(DEALS, 'd7'), ...stage.drain()], 'crm.artifacts')
  assert.equal(first, 'd7')
  assert.equal(rest.length, 1_199)
})

test('what comes with a backfill may wait for more about the same record; an edit may not, nor what it changes', () => {
  const { stage, object, record, name } = started({ drain: 'nothing' })
  object(DEALS, 'deals', [['company', 'record-reference']])
  stage.drain()
  const content = {
    object: DEALS,
    record: 'd9',
    createdAt: '2026-01-01T00:00:00.000Z',
    webUrl: null,
    name: 'd9',
    values: {},
  }
  const state = { workspace_id: W, object_id: DEALS, fence: 1, hash: '', deleted: false, body: JSON.stringify(content) }
  stage.send('crm.records', 'd9', state, { source: 'backfill' })
  assert.deepEqual(stage.owed(), { live: 1, background: 0, patient: true })
  record(DEALS, 'd1', reference('c1'))
  assert.deepEqual(stage.owed(), { live: 2, background: 0, patient: false })
  stage.drain()
  name('record', 'c1', 'Came with the backfill', { kind: 'record', object: COMPANIES })
  assert.equal((stage.owed() as { patient?: boolean }).patient, true)
  stage.drain()
  stage.now += 10_000
  record(DEALS, 'd2', {})
  stage.drain()
  name('record', 'c1', 'Renamed', { kind: 'record', object: COMPANIES })
  assert.equal((stage.owed() as { patient?: boolean }).patient, false)
})
