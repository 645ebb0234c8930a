/** crm.* compared with Attio while everything runs, and mended: what no webhook told of is found, named and healed (R15). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AttioClient, type Call, type CallOptions } from '@attio-stream/attio'
import { publisher } from '@attio-stream/stream'
import { repairSource, type SourceOptions, type SourceReport, verifySource } from '@attio-stream/verify'
import { memberId, type Story, says, story } from './cast.ts'
import { clientsOf } from './ingress.ts'
import { messagesOf } from './stillness.ts'

const LATE_READ = 100

function options({ rig }: Story, more: Partial<SourceOptions> = {}): SourceOptions {
  const client = clientsOf(rig.attio).get(rig.workspace) as AttioClient
  return {
    log: rig.log,
    codec: rig.codec,
    client,
    workspace: rig.workspace,
    signal: new AbortController().signal,
    settleMs: 150,
    lateReadMs: LATE_READ,
    waitMs: 5_000,
    ...more,
  }
}
const repair = (told: Story) => repairSource({ ...options(told), publisher: publisher(told.rig.log, told.rig.codec) })
const loseWebhooks = ({ rig }: Story) => {
  rig.attio.faults.deliveries.dropRate = 1
}
const named = ({ differences }: Pick<SourceReport, 'differences'>) =>
  differences.map(({ difference, kind, documents }) => `${difference} ${kind} ${documents.join(' ')}`).sort()

test('what came by backfill and webhooks agrees with Attio', async () => {
  await using told = await story({ records: 40 })
  const report = await verifySource(options(told))
  assert.ok(report.things > 40)
  assert.deepEqual([report.differences, report.moving, report.unclear, report.outOfSight], [[], 0, {}, 0])
})

test('lost webhooks, silent edits and silent deletions are each named by kind and document, and mended', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, bob, carla, deal } = told
  const note = edit.createNote({ record: northwind, title: 'Visit', content: 'They moved.' }).id
  const task = edit.createTask({ content: 'Call back', records: [contoso] }).id
  await rig.shows(contoso, 'Call back')
  await rig.shows(northwind, 'They moved.')
  await rig.quiet()
  // Silent by nature.
  edit.rewriteHistory({
    record: deal,
    attribute: 'next_step',
    versions: [{ value: 'Nothing any more', active_from: '2026-01-01T00:00:00.000Z' }],
  })
  edit.moveNote({ note, record: carla })
  edit.renameMember({ member: memberId(told, 'Ann'), first: 'Anna', last: 'Lee' })
  // Events that never arrive.
  loseWebhooks(told)
  edit.deleteRecord({ record: bob })
  edit.deleteTask({ task })
  const born = edit.createRecord({ object: 'companies', values: { name: 'Fjordlicht' } }).id

  const found = await verifySource(options(told))
  assert.deepEqual(named(found), [
    `dead record attio_person_${bob}`,
    `dead task attio_company_${contoso}`,
    `missing record attio_company_${born}`,
    'stale member ',
    `stale note attio_company_${northwind}`,
    // It refers to the dead no longer.
    `stale record attio_company_${northwind}`,
    `stale record attio_deal_${deal}`,
  ])
  assert.ok(says(told, deal, 'Send the revised quote'), 'looking mends nothing')

  const before = await rig.written('attio.changes')
  const { left, repair: done } = await repair(told)
  assert.deepEqual([left, done.published, done.mended], [[], 7, 7])
  assert.ok((await rig.written('attio.changes')) - before >= 7)
  await rig.gone(bob)
  await rig.shows(born, 'Company: Fjordlicht')
  await rig.shows(deal, 'Nothing any more')
  await rig.lacks(contoso, 'Call back')
  await rig.shows(carla, 'They moved.')
  await rig.shows(carla, 'note by Anna Lee')
  await rig.lacks(northwind, 'They moved.')
  await rig.quiet()
  const again = await repair(told)
  assert.deepEqual([again.before.differences, again.repair.published], [[], 0])
})

test('nothing else is read again or written when one thing differs', async () => {
  await using told = await story({ records: 30 })
  const { rig, edit, contoso } = told
  loseWebhooks(told)
  edit.patchRecord({ record: contoso, values: { description: 'Sells everything.' } })
  const before = await rig.changes()
  const { left } = await repair(told)
  assert.deepEqual(left, [])
  await rig.shows(contoso, 'Sells everything.')
  assert.deepEqual(
    (await rig.changes())
      .slice(0)
      .filter((change) => !before.some((one) => one.id === change.id && one.fence === change.fence))
      .map(({ id, source }) => `${source} ${id}`),
    [`sweep ${contoso}`],
  )
})

test('edits that arrive while the workspace is compared are no differences', async () => {
  await using told = await story({ records: 30 })
  const { edit, northwind, contoso, bob } = told
  let edits = 0
  const report = await verifySource(
    options(told, {
      onProgress: () => {
        edit.renameRecord({ record: northwind, name: `Northwind ${edits}` })
        if (edits === 1) edit.deleteRecord({ record: bob })
        if (edits === 2) edit.createRecord({ object: 'companies', values: { name: 'Born meanwhile' } })
        if (edits++ % 2 === 0) edit.createNote({ record: contoso, title: 'Busy', content: String(edits) })
      },
    }),
  )
  assert.ok(edits > 3)
  assert.deepEqual(report.differences, [])
})

/** Does something before each time the record is looked at by itself. */
class Watched extends AttioClient {
  readonly #of: string
  readonly #before: (nth: number) => Promise<void>
  #looks = 0

  constructor({ rig }: Story, of: string, before: (nth: number) => Promise<void>) {
    super({ token: rig.attio.workspaces[0]?.token ?? '', baseUrl: rig.attio.url })
    this.#of = of
    this.#before = before
  }

  override async call(call: Call, options?: CallOptions) {
    if (call.path.endsWith(`/records/${this.#of}`)) await this.#before(++this.#looks)
    return await super.call(call, options)
  }
}

test('what is edited between two looks is looked at again, until it rests and agrees', async () => {
  await using told = await story()
  const { rig, edit, contoso } = told
  rig.attio.faults.deliveries.paused = true
  edit.renameRecord({ record: contoso, name: 'Contoso A' })
  let looks = 0
  const client = new Watched(told, contoso, async (nth) => {
    looks = nth
    edit.renameRecord({ record: contoso, name: `Contoso ${nth === 1 ? 'B' : 'C'}` })
    if (nth < 2) return
    rig.attio.faults.deliveries.paused = false
    // The queue wakes with the next edit.
    edit.renameRecord({ record: contoso, name: 'Contoso D' })
    await rig.shows(contoso, 'Contoso D')
    await rig.quiet()
  })
  const report = await verifySource(options(told, { client }))
  assert.deepEqual([report.differences, report.moving, looks], [[], 0, 2])
})

test('a thing about which something is still on its way is not judged', async () => {
  await using told = await story()
  const { rig, edit, contoso } = told
  loseWebhooks(told)
  edit.renameRecord({ record: contoso, name: 'Contoso AG' })
  // As if compact had not come to the last change of it.
  const [last] = (await messagesOf(rig.log, 'attio.changes')).filter(({ key }) => key === contoso).slice(-1)
  assert.ok(last)
  const commit = async (offset: number) => {
    const offsets = [{ topic: 'attio.changes', partition: last.partition, offset }]
    await (await rig.log.transactional('test')).commit({ messages: [], group: 'compact', offsets })
  }
  const committed = (await rig.log.committed('compact', 'attio.changes'))[last.partition] ?? 0
  await commit(last.offset)
  const report = await verifySource(options(told, { waitMs: 20 }))
  assert.deepEqual([report.differences, report.moving], [[], 1])
  await commit(committed)
  assert.deepEqual(named(await verifySource(options(told))), [`stale record attio_company_${contoso}`])
})

test('records of an object that is out of sight are neither dead nor missing', async () => {
  await using told = await story()
  const { edit, deal } = told
  loseWebhooks(told)
  edit.deleteRecord({ record: deal })
  edit.disableObject({ object: 'deals' })
  const report = await verifySource(options(told))
  assert.deepEqual([report.differences.filter(({ id }) => id === deal), report.outOfSight], [[], 1])
})

test('what is believed dead and lives is missing, and comes back', async () => {
  await using told = await story()
  const { rig, contoso } = told
  const alive = (await rig.changes()).find(({ id }) => id === contoso)
  assert.ok(alive)
  const value = { ...alive, fence: Date.now(), gone: true, payload: null }
  await rig.publish([{ topic: 'attio.changes', key: contoso, value, headers: { workspace: rig.workspace } }])
  await rig.gone(contoso)
  const { before, left } = await repair(told)
  assert.deepEqual([named(before), left], [[`missing record attio_company_${contoso}`], []])
  await rig.shows(contoso, 'Company: Contoso')
})
