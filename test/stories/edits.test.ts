/** The edits of `make demo`, one story each: what the documents say before, the edit through signed webhooks, and after. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { says, story } from './cast.ts'

test('a new deal has a document, and the company and people it is about name it', async () => {
  await using told = await story()
  const { rig, edit, northwind, bob } = told
  assert.equal((await rig.documents()).size, 5)
  assert.ok(!says(told, northwind, 'Fleet renewal'))
  const { id } = edit.createRecord({
    object: 'deals',
    values: {
      name: 'Fleet renewal',
      stage: 'Lead',
      value: { currency_value: 1250.5, currency_code: 'USD' },
      associated_company: northwind,
      associated_people: [bob],
    },
  })
  await rig.shows(id, 'Deal: Fleet renewal\n')
  await rig.shows(id, 'Company: Northwind Traders (northwind.example)')
  await rig.shows(id, 'People: Bob Stone (CTO)')
  await rig.shows(id, 'Value: USD 1,250.50')
  for (const record of [northwind, bob])
    await rig.shows(record, 'Annual licence 2026 (In Progress, EUR 48,000.00), Fleet renewal (Lead, USD 1,250.50)')
})

test('R6: a company renamed is renamed in its own document, in its deal and in its employee, and nowhere else', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, bob, carla, deal } = told
  const others = [contoso, carla].map((record) => rig.document(record))
  for (const record of [northwind, bob, deal]) assert.ok(says(told, record, 'Northwind Traders'))
  edit.renameRecord({ record: northwind, name: 'Fjordlicht Energie' })
  for (const record of [northwind, bob, deal]) {
    await rig.shows(record, 'Fjordlicht Energie')
    await rig.lacks(record, 'Northwind Traders')
  }
  await rig.quiet()
  assert.equal(rig.document(northwind)?.title, 'Fjordlicht Energie')
  assert.deepEqual(rig.document(deal)?.metadata.company_names, ['Fjordlicht Energie'])
  const now = [contoso, carla].map((record) => rig.document(record))
  assert.ok(now.every((shown, n) => shown === others[n]))
})

test('a note added is in the activity of its record, with author, title and text', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  assert.ok(!says(told, deal, '=== ACTIVITY ==='))
  edit.createNote({
    record: deal,
    title: 'Call with the CTO',
    content: 'They want **single** sign-on.\n\nBudget is there.',
  })
  await rig.shows(deal, ' note by Ann Lee: Call with the CTO\n  They want single sign-on.\n\n  Budget is there.\n')
  assert.equal(rig.document(deal)?.metadata.note_count, 1)
})

test('R6: a task unlinked leaves the record it was unlinked from and stays with the other', async () => {
  await using told = await story()
  const { rig, edit, deal, bob } = told
  const task = edit.createTask({ content: 'Send the revised quote', records: [deal, bob], deadline: '2026-12-01' }).id
  for (const record of [deal, bob]) await rig.shows(record, '(open, due 2026-12-01): Send the revised quote')
  edit.unlinkTask({ task, record: bob })
  await rig.lacks(bob, 'revised quote')
  await rig.quiet()
  assert.ok(says(told, deal, '(open, due 2026-12-01): Send the revised quote'))
  assert.deepEqual(
    [bob, deal].map((record) => rig.document(record)?.metadata.task_count),
    [0, 1],
  )
})

test('a record deleted has no document, and nobody names it', async () => {
  await using told = await story()
  const { rig, edit, northwind, bob, deal } = told
  for (const record of [northwind, bob]) assert.ok(says(told, record, 'Annual licence 2026'))
  edit.deleteRecord({ record: deal })
  await rig.gone(deal)
  for (const record of [northwind, bob]) await rig.lacks(record, 'Annual licence 2026')
  await rig.quiet()
  assert.equal((await rig.documents()).size, 4)
})

for (const mergeSemantics of ['2026', '2025'] as const)
  for (const mergeMovesChildren of [true, false])
    test(`R5: of two records merged one document stays, ${mergeMovesChildren ? 'with' : 'without'} the children of both, and who referred to them refers to it (${mergeSemantics})`, async () => {
      await using told = await story({ faults: { world: { mergeSemantics, mergeMovesChildren } } })
      const { rig, edit, northwind, contoso, bob, carla, deal } = told
      edit.linkRecords({ record: carla, attribute: 'company', target: contoso })
      edit.createNote({ record: contoso, title: 'About Contoso', content: 'To be merged' })
      edit.createTask({ content: 'Tidy up', records: [contoso, deal] })
      edit.addEntry({ list: 'enterprise_pipeline', record: contoso, values: { stage: 'Qualified' } })
      const facts = ['note by Ann Lee: About Contoso', ': Tidy up', 'Enterprise pipeline: Stage: Qualified']
      for (const fact of facts) await rig.shows(contoso, fact)
      await rig.shows(carla, 'Name: Contoso')
      const { newRecordId: survivor } = edit.mergeRecords({ primary: northwind, secondary: contoso })
      for (const dead of [northwind, contoso]) if (dead !== survivor) await rig.gone(dead)
      await rig.shows(survivor, 'Domains: northwind.example, contoso.example')
      for (const person of ['Bob Stone (CTO)', 'Carla Díaz']) await rig.shows(survivor, person)
      for (const record of [bob, carla]) await rig.shows(record, 'Name: Northwind Traders')
      await rig.shows(deal, 'Company: Northwind Traders (northwind.example)')
      await rig.quiet()
      assert.equal((await rig.documents()).size, 4)
      for (const fact of facts) assert.equal(says(told, survivor, fact), mergeMovesChildren, fact)
      assert.ok(says(told, deal, ': Tidy up'), 'a task stays with its other record')
      assert.deepEqual(rig.document(deal)?.metadata.company_ids, [survivor])
    })
