/** R4 and R5 line by line: who dies, by what, and who comes back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, Notice } from '@attio-stream/contracts'
import type { Output } from '@attio-stream/stream'
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { type Story, story } from './cast.ts'
import { messagesOf } from './stillness.ts'
import type { WholeRig } from './whole-rig.ts'

const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])
const changesOf = async (rig: WholeRig, id: string): Promise<readonly Change[]> =>
  (await rig.changes()).filter((change) => change.id === id)

function notice(rig: WholeRig, about: Pick<Notice, 'kind' | 'id'> & Partial<Notice>): Output {
  const value: Notice = {
    workspace_id: rig.workspace,
    source: 'webhook',
    event_type: 'record.updated',
    object_id: null,
    list_id: null,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: false,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: Date.now(),
    ...about,
  }
  return { topic: 'attio.notices', key: about.id, value, headers: { workspace: rig.workspace } }
}
const objectOf = async ({ rig }: Story, record: string): Promise<string> =>
  (await changesOf(rig, record))[0]?.object_id ?? assert.fail('never read')

describe('who is believed dead', () => {
  test('R4: nobody by a 404 alone: something must have nominated it', async () => {
    await using told = await story()
    const { rig, edit, contoso } = told
    const object_id = await objectOf(told, contoso)
    rig.attio.faults.deliveries.dropRate = 1
    edit.deleteRecord({ record: contoso })
    await rig.publish([notice(rig, { kind: 'record', id: contoso, object_id })])
    await rig.quiet()
    assert.ok(rig.document(contoso) !== undefined, 'an update of it nominates nobody')
    await rig.publish([notice(rig, { kind: 'record', id: contoso, object_id, nominates: true })])
    await rig.gone(contoso)
  })

  test('R4: nobody by a notice alone: what is nominated and answers is alive', async () => {
    await using told = await story()
    const { rig, contoso } = told
    const object_id = await objectOf(told, contoso)
    await rig.publish([notice(rig, { kind: 'record', id: contoso, object_id, nominates: true })])
    await rig.quiet()
    assert.ok((await changesOf(rig, contoso)).every(({ gone }) => !gone))
    assert.ok(rig.document(contoso) !== undefined)
  })

  test('R4: no entry whose list cannot be seen, and no record whose object cannot', async () => {
    await using told = await story()
    const { rig, edit, northwind, deal } = told
    const entry = edit.addEntry({ list: 'enterprise_pipeline', record: northwind, values: { stage: 'Qualified' } }).id
    await rig.shows(northwind, 'Enterprise pipeline')
    await rig.quiet()
    const list_id = (await changesOf(rig, entry))[0]?.list_id ?? assert.fail('never read')
    const object_id = await objectOf(told, deal)
    rig.attio.faults.deliveries.dropRate = 1
    edit.deleteList({ list: 'enterprise_pipeline' })
    edit.disableObject({ object: 'deals' })
    await rig.publish([
      notice(rig, { kind: 'entry', id: entry, list_id, nominates: true }),
      notice(rig, { kind: 'record', id: deal, object_id, nominates: true }),
    ])
    await rig.quiet()
    for (const id of [entry, deal])
      assert.ok(
        (await changesOf(rig, id)).every(({ gone }) => !gone),
        id,
      )
  })

  test('R4: no record that is being merged, however often it answers 404', async () => {
    await using told = await story({ faults: { world: { mergeSemantics: '2026', mergeWindowMs: 600 } } })
    const { rig, edit, northwind, contoso } = told
    const object_id = await objectOf(told, northwind)
    const { newRecordId: born, pending } = edit.mergeRecords({ primary: northwind, secondary: contoso })
    assert.ok(pending)
    for (let n = 0; n < 3; n += 1)
      await rig.publish([notice(rig, { kind: 'record', id: born, object_id, nominates: true })])
    await rig.shows(born, 'Company: Northwind Traders')
    await rig.quiet()
    assert.ok((await changesOf(rig, born)).every(({ gone }) => !gone))
    await agree(rig)
  })
})

describe('who comes back', () => {
  test('R4: nobody by a webhook that comes after the death, doubled, late or out of order', async () => {
    await using told = await story()
    const { rig, edit, contoso } = told
    edit.renameRecord({ record: contoso, name: 'Contoso Ltd' })
    const doomed = edit.createRecord({ object: 'companies', values: { name: 'Short-lived' } }).id
    await rig.shows(doomed, 'Short-lived')
    for (const record of [contoso, doomed]) edit.deleteRecord({ record })
    for (const record of [contoso, doomed]) await rig.gone(record)
    await rig.quiet()
    const all = (await messagesOf(rig.log, 'attio.notices')).filter(({ key }) => key === contoso || key === doomed)
    const states = (await messagesOf(rig.log, 'crm.records')).length
    for (const late of [all, all.toReversed()]) {
      await rig.log.produce(late)
      await rig.quiet()
    }
    assert.equal((await messagesOf(rig.log, 'crm.records')).length, states, 'not even for a moment')
    await agree(rig)
  })

  test('R4: what a read raises that trailed by more than L is erased again', async () => {
    const lateReadMs = 200
    await using told = await story({ lateReadMs })
    const { rig, edit, contoso, northwind } = told
    const note = edit.createNote({ record: northwind, title: 'Erased note', content: 'x' }).id
    await rig.shows(northwind, 'Erased note')
    const alive = [(await changesOf(rig, contoso))[0], (await changesOf(rig, note))[0]]
    edit.deleteRecord({ record: contoso })
    edit.deleteNote({ note })
    await rig.quiet()
    for (const old of alive) {
      assert.ok(old !== undefined)
      const death = (await changesOf(rig, old.id)).findLast(({ gone }) => gone) ?? assert.fail('not dead')
      const value = { ...old, fence: death.fence + lateReadMs + 1 }
      await rig.publish([{ topic: 'attio.changes', key: old.id, value, headers: { workspace: rig.workspace } }])
    }
    await rig.until('both were raised', async () => {
      const raised = await messagesOf(rig.log, 'attio.notices')
      return alive.every((old) =>
        raised.some(({ key, value }) => key === old?.id && value !== null && isSweep(rig, value)),
      )
    })
    await rig.quiet()
    await agree(rig)
  })

  test('R4: one that really is back stays, though a read of its death is repeated', async () => {
    await using told = await story({ lateReadMs: 150 })
    const { rig, contoso } = told
    const [alive] = await changesOf(rig, contoso)
    assert.ok(alive !== undefined)
    const death: Change = { ...alive, gone: true, payload: null, fence: Date.now() }
    const publish = (value: Change) =>
      rig.publish([{ topic: 'attio.changes', key: contoso, value, headers: { workspace: rig.workspace } }])
    await publish(death)
    await rig.gone(contoso)
    await publish({ ...alive, fence: death.fence + 151 })
    await rig.shows(contoso, 'Company: Contoso')
    await publish(death)
    await rig.quiet()
    await agree(rig)
  })
})

const isSweep = (rig: WholeRig, value: Buffer): boolean => rig.codec.decode('attio.notices', value).source === 'sweep'

describe('R5: merges', () => {
  for (const mergeSemantics of ['2026', '2025'] as const)
    test(`one after another they end in the last one, with the children of all (${mergeSemantics})`, async () => {
      await using told = await story({ faults: { world: { mergeSemantics } } })
      const { rig, edit, northwind, contoso, deal, bob } = told
      const third = edit.createRecord({ object: 'companies', values: { name: 'Third' } }).id
      for (const [record, title] of [
        [northwind, 'One'],
        [contoso, 'Two'],
        [third, 'Three'],
      ] as const)
        edit.createNote({ record, title: `Note ${title}`, content: 'x' })
      await rig.shows(third, 'Note Three')
      const first = edit.mergeRecords({ primary: northwind, secondary: contoso }).newRecordId
      const last = edit.mergeRecords({ primary: first, secondary: third }).newRecordId
      for (const title of ['One', 'Two', 'Three']) await rig.shows(last, `Note ${title}`)
      await rig.quiet()
      await agree(rig)
      assert.deepEqual(rig.document(deal)?.metadata.company_ids, [last])
      assert.ok(rig.document(bob)?.text.includes('Northwind Traders'))
    })

  test('while the new record cannot be read yet the old ones stay; then who referred to them refers to it', async () => {
    await using told = await story({ faults: { world: { mergeWindowMs: 800 } } })
    const { rig, edit, northwind, contoso, deal, bob } = told
    edit.addEntry({ list: 'enterprise_pipeline', record: northwind, values: { champion: bob } })
    await rig.shows(northwind, 'Champion: Bob Stone')
    const merged = Date.now()
    const { newRecordId: born, pending } = edit.mergeRecords({ primary: northwind, secondary: contoso })
    assert.ok(pending && rig.document(northwind) !== undefined)
    await rig.shows(born, 'Champion: Bob Stone')
    for (const dead of [northwind, contoso]) await rig.gone(dead)
    await rig.quiet()
    await agree(rig)
    assert.deepEqual(rig.document(deal)?.metadata.company_ids, [born])
    const deaths = (await rig.changes()).filter(({ gone }) => gone)
    assert.ok(deaths.length >= 2 && deaths.every(({ fence }) => fence >= merged + 800), 'not while it is under way')
  })

  test('deliveries that are dropped for all but one event of it are enough', async () => {
    await using told = await story({ faults: { deliveries: { batch: 1 } } })
    const { rig, edit, northwind, contoso, deal } = told
    const { deliveries } = rig.attio.faults
    deliveries.dropRate = 0.5
    const born = edit.mergeRecords({ primary: northwind, secondary: contoso }).newRecordId
    await rig.quiet()
    deliveries.dropRate = 0
    await rig.sweep()
    await agree(rig)
    assert.deepEqual(rig.document(deal)?.metadata.company_ids, [born])
  })
})
