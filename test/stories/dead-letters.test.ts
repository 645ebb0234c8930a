/** Poison in the running pipeline: buried, overtaken by what is newer, redriven when the code can read it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observe } from '@attio-stream/attio'
import { decisionsInMemory, listLetters, redriveLetters } from '@attio-stream/dead-letters'
import { DEAD_LETTERS, deadLetter, letterMessage } from '@attio-stream/stream'
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { story } from './cast.ts'
import type { Code } from './processes.ts'
import { messagesOf } from './stillness.ts'
import type { WholeRig } from './whole-rig.ts'

const officeOf = ({ log, codec, workspace }: WholeRig) => ({
  log,
  codec,
  decisions: decisionsInMemory(),
  connected: new Set([workspace]),
  by: 'ann',
  openStore: async () => assert.fail('no store is asked'),
})
const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])

test('R12: what old code could not read is shown after a redrive, and what was edited since is not taken back', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, deal } = told
  const old: Code['observe'] = (change, options) =>
    change.id === northwind || change.id === contoso
      ? { kind: 'rejected', reason: 'The values are of a form that is not known.' }
      : observe(change, options)
  await rig.deploy('compact', { observe: old })
  edit.renameRecord({ record: northwind, name: 'Fjordlicht Energie' })
  edit.renameRecord({ record: contoso, name: 'Contoso of yesterday' })
  edit.renameRecord({ record: deal, name: 'Nobody waits' })
  await rig.shows(deal, 'Nobody waits')
  await rig.quiet()
  assert.equal(rig.document(northwind)?.title, 'Northwind Traders')

  await rig.deploy('compact', { observe })
  edit.renameRecord({ record: contoso, name: 'Contoso of today' })
  await rig.quiet()
  const office = officeOf(rig)
  const { letters } = await listLetters(office)
  assert.deepEqual(new Set(letters.map(({ key }) => key)), new Set([northwind, contoso]))
  await redriveLetters(office, {})
  await rig.shows(northwind, 'Fjordlicht Energie')
  await rig.shows(deal, 'Fjordlicht Energie')
  await rig.quiet()
  assert.equal(rig.document(contoso)?.title, 'Contoso of today')
  const after = (await listLetters(office)).letters
  for (const { key, state } of after) if (key === contoso) assert.equal(state, 'superseded')
  assert.ok(after.some(({ key, state }) => key === northwind && state === 'redriven'))
  await agree(rig)
})

test('R12, R7: compact goes on by itself after a state of its own was redriven', async () => {
  await using told = await story()
  const { rig, edit, northwind } = told
  const { log, codec } = rig
  const state = (await messagesOf(log, 'crm.records')).findLast(({ key }) => key === northwind) ?? assert.fail()
  const why = { stage: 'enrich', reason: 'The value is not what its schema says.', fault: 'unreadable' } as const
  const letter = deadLetter({ ...why, buried: state, now: Date.now() })
  await log.produce([letterMessage(letter, codec.encode(DEAD_LETTERS, letter.value), 1)])
  const before = await rig.written('crm.artifacts')
  const outcomes = await redriveLetters(officeOf(rig), {})
  assert.deepEqual(outcomes, [{ kind: 'redriven' }])
  edit.renameRecord({ record: northwind, name: 'Fjordlicht Energie' })
  await rig.shows(northwind, 'Fjordlicht Energie')
  await rig.quiet()
  assert.ok((await rig.written('crm.artifacts')) > before)
  await agree(rig)
})
