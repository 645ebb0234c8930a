/** Values, references and the schema around them: one fact each, through signed webhooks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { says, story, unread } from './cast.ts'

test('a value cleared disappears with its line', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  assert.ok(says(told, deal, 'Next step: Send the revised quote'))
  edit.clearValue({ record: deal, attribute: 'next_step' })
  await rig.lacks(deal, 'Next step')
  await rig.quiet()
  assert.ok(!says(told, deal, '=== DETAILS ==='))
  assert.equal(rig.document(deal)?.metadata.custom_text_next_step, undefined)
})

test('a name cleared leaves an unnamed record, here and where it is referred to', async () => {
  await using told = await story()
  const { rig, edit, northwind, bob } = told
  edit.clearValue({ record: northwind, attribute: 'name' })
  const unnamed = `Unnamed company (${northwind.slice(0, 8)})`
  await rig.shows(northwind, `Company: ${unnamed}`)
  await rig.shows(bob, `Name: ${unnamed}`)
})

test('R6: one of several references unlinked leaves both ends, the others stay', async () => {
  await using told = await story()
  const { rig, edit, deal, bob, carla } = told
  edit.linkRecords({ record: deal, attribute: 'associated_people', target: carla })
  await rig.shows(deal, 'People: Bob Stone (CTO), Carla Díaz')
  await rig.shows(carla, 'Annual licence 2026')
  edit.unlinkRecords({ record: deal, attribute: 'associated_people', target: bob })
  await rig.shows(deal, 'People: Carla Díaz\n')
  await rig.lacks(bob, 'Annual licence 2026')
  await rig.quiet()
  assert.ok(says(told, carla, 'Annual licence 2026'))
  assert.deepEqual(rig.document(deal)?.metadata.people_ids, [carla])
})

test('R5: a deal whose company dies is read again and loses the name', async () => {
  await using told = await story()
  const { rig, edit, northwind, deal, bob } = told
  assert.ok(says(told, deal, 'Company: Northwind Traders'))
  const before = (await rig.changes()).filter(({ id }) => id === deal).length
  edit.deleteRecord({ record: northwind })
  await rig.gone(northwind)
  for (const record of [deal, bob]) await rig.lacks(record, 'Northwind')
  await rig.quiet()
  const again = (await rig.changes()).filter(({ id }) => id === deal).slice(before)
  assert.ok(again.length > 0 && again.every(({ source }) => source === 'referrer'), 'no event of Attio named the deal')
  assert.match(again.at(-1)?.payload ?? '', /"associated_company":\[\]/)
})

test('R6: an attribute renamed is renamed in all documents of its object', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, deal } = told
  for (const record of [northwind, contoso]) {
    edit.patchRecord({ record, values: { tier: 'Gold' } })
    await rig.shows(record, 'Tier: Gold')
  }
  const other = rig.document(deal)
  edit.renameAttribute({ in: 'companies', attribute: 'tier', title: 'Segment' })
  for (const record of [northwind, contoso]) await rig.shows(record, 'Segment: Gold')
  await rig.quiet()
  assert.equal(rig.document(deal), other)
})

test('an option renamed is silent: documents say so after the next read of their record, and after a backfill all do', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso } = told
  const both = [northwind, contoso]
  for (const record of both) edit.patchRecord({ record, values: { tier: 'Gold' } })
  for (const record of both) await rig.shows(record, 'Tier: Gold')
  await rig.quiet()
  const deliveries = rig.attio.deliveries.log.length
  edit.renameOption({ in: 'companies', attribute: 'tier', option: 'Gold', title: 'Platinum' })
  await rig.quiet()
  assert.equal(rig.attio.deliveries.log.length, deliveries)
  for (const record of both) assert.ok(says(told, record, 'Tier: Gold'))
  edit.patchRecord({ record: northwind, values: { description: 'Traders' } })
  await rig.shows(northwind, 'Tier: Platinum')
  await rig.quiet()
  assert.ok(says(told, contoso, 'Tier: Gold'))
  await rig.backfill()
  await rig.shows(contoso, 'Tier: Platinum')
})

test('an attribute of a type nobody knows is shown by its readable parts under its title', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  edit.createAttribute({ in: 'deals', slug: 'aura', type: 'hologram', title: 'Aura' })
  edit.patchRecord({ record: deal, values: { aura: { shape: 'sphere', hertz: 50, spin_id: 'x9' } } })
  await rig.shows(deal, 'Aura: hertz: 50, shape: sphere\n')
  await rig.quiet()
  assert.equal(await rig.written('crm.dead-letters'), 0)
})

test('an attribute created and an attribute archived show and hide their values', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  edit.createAttribute({ in: 'deals', slug: 'mood', type: 'text', title: 'Mood of the buyer' })
  edit.patchRecord({ record: deal, values: { mood: 'sunny' } })
  await rig.shows(deal, 'Mood of the buyer: sunny')
  edit.archiveAttribute({ in: 'deals', attribute: 'mood' })
  edit.patchRecord({ record: deal, values: { next_step: 'Wait' } })
  await rig.shows(deal, 'Next step: Wait')
  await rig.lacks(deal, 'sunny')
})

test('a custom object nobody told of is asked for when its first record comes, and its records have documents', async () => {
  await using told = await story()
  const { rig, edit, northwind } = told
  const attributes = [
    { slug: 'name', type: 'text' },
    { slug: 'customer', type: 'record-reference' },
  ]
  // Attio sends no event for an object; those of its attributes are lost here.
  rig.attio.faults.deliveries.dropRate = 1
  const object = edit.createObject({ slug: 'tickets', singular: 'Ticket', plural: 'Tickets', attributes }).id
  rig.attio.faults.deliveries.dropRate = 0
  const make = (name: string) => edit.createRecord({ object, values: { name, customer: northwind } }).id
  const [one, two] = [make('Printer offline'), make('No paper')]
  await rig.shows(one, 'Ticket: Printer offline\n')
  await rig.shows(two, 'Customer: Northwind Traders (northwind.example)')
  await rig.quiet()
  assert.equal(rig.document(one)?.metadata.object_slug, 'tickets')
  const reads = (await rig.changes()).filter(({ id }) => id === object)
  assert.ok(reads.length > 0 && reads.every(({ source }) => source === 'referrer'))
})

test('R11: of more than fifty references fifty are shown, and how many more there are', async () => {
  await using told = await unread()
  const { rig, edit, contoso } = told
  for (let n = 0; n < 53; n++)
    edit.createRecord({ object: 'people', values: { name: `Staff, N${n}`, company: contoso } })
  await rig.backfill()
  await rig.shows(contoso, ', and 3 more\n')
  assert.equal(rig.document(contoso)?.text.match(/N\d+ Staff/g)?.length, 50)
})

test('R11: a document that would be too long leaves its oldest notes out, and says how many', async () => {
  await using told = await unread()
  const { rig, edit, deal } = told
  for (let n = 0; n < 5; n++) edit.createNote({ record: deal, title: `Minutes ${n}`, content: 'word '.repeat(12_000) })
  await rig.backfill()
  await rig.shows(deal, '\n… and 2 older notes and tasks not shown\n')
  const shown = rig.document(deal)
  assert.ok(shown !== undefined && shown.text.length <= 200_000)
  assert.deepEqual([shown.metadata.note_count, shown.metadata.activity_not_shown], [5, 2])
})
