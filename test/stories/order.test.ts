/** What comes late, twice, out of order or in the middle of a backfill ends in the same documents (R2 to R4). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { story, unread } from './cast.ts'
import { messagesOf } from './stillness.ts'
import { filledRig, type WholeRig } from './whole-rig.ts'

const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])

/** A backfill whose pages were read and do not reach the brokers before `release`. */
function heldBackfill(rig: WholeRig) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let held = 0
  const done = rig.backfill({
    publisher: {
      async publish(outputs) {
        if (outputs.some(({ value }) => value !== null && 'kind' in value && value.kind === 'record')) {
          held += outputs.length
          await released
        }
        await rig.publish(outputs)
      },
    },
  })
  return { done, release, held: () => held }
}

/** Every state the record was ever in, oldest first: its payload's normal form, null when dead. */
async function statesOf(rig: WholeRig, record: string): Promise<readonly (string | null)[]> {
  const messages = await messagesOf(rig.log, 'crm.records')
  return messages.flatMap(({ key, value }) =>
    key === record && value !== null ? [rig.codec.decode('crm.records', value).body] : [],
  )
}

test('R3: a read that trails the write is corrected by the trailing read', async () => {
  await using rig = await filledRig({ lateReadMs: 300, faults: { queryLagMs: 250, getLagMs: 250 } })
  const truth = truthOf(rig.attio.world)
  const companies = [...truth.records].filter(([, { object }]) => object.api_slug === 'companies').map(([id]) => id)
  // How old an answer is, is chance: one round nearly always has one, ten rounds surely.
  let trailed = false
  for (let round = 0; round < 10 && !trailed; round++) {
    const before = (await rig.changes()).length
    for (const [n, record] of companies.entries()) {
      rig.attio.edit.renameRecord({ record, name: `Round ${round}, ${n}` })
      rig.attio.edit.createNote({ record, title: `Round ${round}, ${n}`, content: 'x' })
    }
    await rig.quiet()
    const reads = (await rig.changes()).slice(before).filter(({ kind }) => kind === 'record')
    trailed = reads.some(({ payload }) => !payload?.includes(`Round ${round}`))
    await agree(rig)
  }
  assert.ok(trailed, 'no read trailed: nothing is shown here')
})

test('R2: deliveries that come twice and out of order end in the same documents', async () => {
  await using rig = await filledRig({ faults: { deliveries: { duplicateRate: 0.7, reorderMs: 60 } } })
  const { edit } = rig.attio
  const record = edit.createRecord({ object: 'companies', values: { name: 'One' } }).id
  const note = edit.createNote({ record, title: 'One', content: 'x' }).id
  const task = edit.createTask({ content: 'One', records: [record] }).id
  for (const name of ['Two', 'Three', 'Four']) {
    edit.renameRecord({ record, name })
    edit.setNoteTitle({ note, title: name })
    edit.updateTask({ task, content: name })
  }
  const doomed = edit.createRecord({ object: 'companies', values: { name: 'Short-lived' } }).id
  edit.renameRecord({ record: doomed, name: 'Shorter' })
  edit.deleteRecord({ record: doomed })
  await rig.quiet()
  await agree(rig)
})

test('R2: every notice once more changes no document', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, deal } = told
  edit.renameRecord({ record: northwind, name: 'Again' })
  edit.createNote({ record: deal, title: 'Again', content: 'x' })
  edit.deleteRecord({ record: contoso })
  await rig.quiet()
  const [documents, artifacts] = [await rig.documents(), await rig.written('crm.artifacts')]
  const notices = await messagesOf(rig.log, 'attio.notices')
  assert.ok(notices.length >= 3)
  await rig.log.produce(notices)
  await rig.quiet()
  assert.equal(await rig.written('crm.artifacts'), artifacts)
  assert.deepEqual(await rig.documents(), documents)
})

test('a webhook that comes before the backfill makes its document at once, and the backfill the rest', async () => {
  await using told = await unread()
  const { rig, edit, northwind } = told
  await rig.connect()
  edit.renameRecord({ record: northwind, name: 'Early Bird' })
  await rig.shows(northwind, 'Company: Early Bird')
  await rig.quiet()
  assert.deepEqual([...(await rig.documents()).keys()], [northwind])
  await rig.backfill()
  await rig.quiet()
  assert.equal((await rig.documents()).size, 5)
  await agree(rig)
})

test('R2: a page of the backfill read before an edit does not undo it', async () => {
  await using told = await unread()
  const { rig, edit, northwind } = told
  await rig.connect()
  const backfill = heldBackfill(rig)
  await rig.until('pages are read', () => backfill.held() >= 5)
  edit.renameRecord({ record: northwind, name: 'Newer' })
  await rig.shows(northwind, 'Company: Newer')
  backfill.release()
  await backfill.done
  await rig.quiet()
  assert.ok(
    (await rig.changes()).some(({ payload }) => payload?.includes('"Northwind Traders"')),
    'the page was old',
  )
  const states = await statesOf(rig, northwind)
  assert.ok(states.length === 1 && states[0]?.includes('Newer'), 'not even for a moment')
  await agree(rig)
})

test('R4: a record deleted while the backfill walks is not raised by a page read before', async () => {
  await using told = await unread()
  const { rig, edit, contoso } = told
  await rig.connect()
  const backfill = heldBackfill(rig)
  await rig.until('pages are read', () => backfill.held() >= 5)
  edit.deleteRecord({ record: contoso })
  await rig.until('the death is seen', async () => (await rig.changes()).some(({ id, gone }) => id === contoso && gone))
  backfill.release()
  await backfill.done
  await rig.quiet()
  assert.ok(
    (await rig.changes()).some(({ id, gone }) => id === contoso && !gone),
    'the page held the dead record',
  )
  assert.equal(rig.document(contoso), undefined)
  await agree(rig)
})

test('R4: a page read after a deletion, that Attio answers from before it, does not raise the dead', async () => {
  const lateReadMs = 200
  await using told = await story({ lateReadMs })
  const { rig, edit, contoso } = told
  const alive = (await rig.changes()).find(({ id }) => id === contoso)
  edit.deleteRecord({ record: contoso })
  await rig.quiet()
  const death = (await rig.changes()).findLast(({ id }) => id === contoso)
  assert.ok(alive !== undefined && death?.gone)
  const late = { ...alive, fence: death.fence + lateReadMs }
  await rig.publish([{ topic: 'attio.changes', key: contoso, value: late }])
  await rig.quiet()
  assert.deepEqual((await statesOf(rig, contoso)).slice(1), [null], 'not even for a moment')
  await agree(rig)
  const later = { ...alive, fence: death.fence + lateReadMs + 1 }
  await rig.publish([{ topic: 'attio.changes', key: contoso, value: later }])
  await rig.shows(contoso, 'Company: Contoso')
})
