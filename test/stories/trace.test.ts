/** The life of a record, told from the topics: what was heard, what was read, what became of each read and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentIdOf } from '@attio-stream/documents'
import { type Trace, type TraceOptions, traceLines, traceOf, withoutText } from '@attio-stream/trace'
import { type Story, story } from './cast.ts'

const LATE_READ = 100

async function trace({ rig }: Story, id: string, more: Partial<TraceOptions> = {}): Promise<Trace> {
  const found = await traceOf({
    log: rig.log,
    codec: rig.codec,
    id,
    stores: [rig.store],
    lateReadMs: LATE_READ,
    ...more,
  })
  return found ?? assert.fail(`nothing is known of ${id}`)
}
const results = ({ decisions }: Trace) =>
  decisions.map(({ source, gone, result }) => `${source}${gone ? ' gone' : ''} ${result}`)

/** A change of the record as it was read at some time, sent again with another fence or content. */
async function observed({ rig }: Story, id: string, fence: (last: number) => number, name?: string): Promise<void> {
  const seen = (await rig.changes()).filter((change) => change.id === id)
  const known = Math.max(...seen.map((change) => change.fence))
  const last = seen.filter(({ gone }) => !gone).sort((x, y) => y.fence - x.fence)[0] ?? assert.fail()
  const payload = name === undefined ? last.payload : (last.payload ?? '').replaceAll('Fjordlicht', name)
  const value = { ...last, fence: fence(known), payload, source: 'sweep' }
  await rig.publish([{ topic: 'attio.changes', key: id, value, headers: { workspace: rig.workspace } }])
  await rig.quiet()
}

test('a life: created, renamed, read late, deleted, read late again; each decision with its reason', async () => {
  await using told = await story()
  const { rig, edit } = told
  const id = edit.createRecord({ object: 'companies', values: { name: 'Fjordlicht' } }).id
  await rig.shows(id, 'Company: Fjordlicht')
  await rig.quiet()
  const born = Date.now()
  edit.renameRecord({ record: id, name: 'Fjordlicht Energie' })
  await rig.shows(id, 'Fjordlicht Energie')
  await rig.quiet()
  await observed(told, id, (last) => last - 50, 'Stale')
  await observed(told, id, (last) => last + 5)
  edit.deleteRecord({ record: id })
  await rig.gone(id)
  await rig.quiet()
  await observed(told, id, (last) => last + LATE_READ)

  const life = await trace(told, id)
  assert.equal(life.document, `attio_company_${id}`)
  assert.deepEqual(
    life.notices.map(({ notice }) => notice?.event_type).filter((type, n, all) => type !== all[n - 1]),
    ['record.created', 'record.updated', 'record.deleted'],
  )
  assert.deepEqual(
    results(life).filter((result, n, all) => result !== all[n - 1]),
    [
      'webhook applied',
      'webhook same',
      'webhook applied',
      'webhook same',
      'sweep stale',
      'sweep same',
      'webhook gone applied',
      'webhook gone same',
      'sweep dead',
    ],
  )
  const reasonOf = (result: string) => life.decisions.find((one) => one.result === result)?.reason ?? ''
  assert.match(reasonOf('stale'), /^Sent 50 ms before the read that is known\.$/)
  assert.match(reasonOf('dead'), /^Sent 100 ms after its death: within the 100 ms Attio may trail/)
  const renamed = life.decisions.filter(({ result }) => result === 'applied')[1]
  assert.deepEqual(
    renamed?.fields
      .map(({ field, before, after }) => [field, before?.includes('Energie'), after?.includes('Energie')])
      .filter(([field]) => field === 'name'),
    [['name', false, true]],
  )
  assert.ok(life.decisions.every(({ result, state }) => (result === 'applied') === (state !== null)))
  assert.deepEqual([life.fold?.state?.deleted, life.fold?.agrees], [true, true])
  assert.deepEqual(
    life.artifacts.map(({ kind }) => kind),
    ['alive', 'alive', 'dead'],
  )
  for (const { record, because } of life.artifacts) {
    const state = life.states.find(({ offset }) => offset === record?.offset)
    assert.ok(
      state !== undefined && because.some(({ topic, offset }) => topic === 'crm.records' && offset === state.offset),
    )
  }
  const [store] = life.stores
  assert.deepEqual(
    [store?.held?.deleted, store?.held?.version, store?.verdict],
    [true, life.artifacts.at(-1)?.version, 'as it should be'],
  )

  const then = await trace(told, id, { at: born })
  assert.match(then.text?.text ?? '', /Company: Fjordlicht\n/)
  assert.deepEqual([then.fold?.state?.deleted, then.stores, then.artifacts.length], [false, [], 1])
  const before = await traceOf({ log: rig.log, codec: rig.codec, id, at: born - 3_600_000 })
  assert.equal(before, undefined)
})

test('what is printed says why, and holds customer text only when asked', async () => {
  await using told = await story()
  const { rig, edit, northwind, deal } = told
  edit.renameRecord({ record: northwind, name: 'Umbenannt GmbH' })
  edit.createNote({ record: deal, title: 'Secret visit', content: 'They moved.' })
  await rig.shows(deal, 'Umbenannt GmbH')
  await rig.shows(deal, 'Secret visit')
  await rig.quiet()
  const life = await trace(told, deal)
  const text = traceLines(life, { values: false }).join('\n')
  for (const secret of ['Umbenannt', 'Northwind', 'Secret', 'moved', 'Annual licence'])
    assert.ok(!text.includes(secret), secret)
  assert.ok(!/Umbenannt|Northwind|Secret|moved|Annual/.test(JSON.stringify(withoutText(life))))
  // The rename of its company and the note are what made the last versions.
  const because = life.artifacts.flatMap((version) => version.because.map(({ topic, key }) => `${topic} ${key}`))
  assert.ok(because.includes(`crm.names ${rig.workspace}/record/${northwind}`))
  assert.ok(because.some((input) => input.startsWith(`crm.attachments ${deal}/note/`)))
  assert.match(text, new RegExp(`crm\\.names +\\d+@\\d+ +name +record ${northwind}`))
  assert.match(
    text,
    /attio\.changes \d+@\d+ +read +backfill, sent \S+Z, \d+ characters → applied: The first that is known of it\. It became crm\.records @\d+\./,
  )
  assert.match(text, /memory +version \d+ +live, hash [0-9a-f]{8} +as it should be/)
  assert.match(traceLines(life, { values: true }).join('\n'), /"Umbenannt GmbH"/)
})

test('notes have lives too, and say where they were filed', async () => {
  await using told = await story()
  const { rig, edit, northwind, carla } = told
  const note = edit.createNote({ record: northwind, title: 'Visit', content: 'a' }).id
  await rig.shows(northwind, 'Visit')
  edit.moveNote({ note, record: carla })
  edit.setNoteBody({ note, content: 'b' })
  await rig.shows(carla, 'Visit')
  await rig.quiet()
  const life = await trace(told, note)
  assert.equal(life.kind, 'note')
  assert.deepEqual(
    life.filings
      .toSorted((a, b) => a.at - b.at)
      .map(({ record, filed }) => `${record} ${filed}`)
      .sort(),
    [`${northwind} true`, `${northwind} false`, `${carla} true`].sort(),
  )
  assert.equal(life.fold?.agrees, true)
})

test('where log compaction has removed changes, the fold goes on from the states, and says so', async () => {
  await using told = await story()
  const { rig, edit, contoso } = told
  for (const name of ['One', 'Two']) {
    edit.renameRecord({ record: contoso, name })
    await rig.shows(contoso, `Company: ${name}`)
  }
  await rig.quiet()
  rig.log.compact('attio.changes')
  await observed(told, contoso, (last) => last + 1)
  const life = await trace(told, contoso)
  assert.deepEqual([life.fold?.agrees, results(life).at(-1)], [true, 'sweep same'])
  assert.match(life.reach.join('\n'), /states come from changes that are not kept any more/)
})

test('a store that lost or altered a document is shown with what is wrong', async () => {
  await using told = await story()
  const { rig, contoso } = told
  const [held] = await Array.fromAsync(rig.store.scan({ workspace: rig.workspace, id: contoso }))
  assert.ok(held)
  const version = held.version
  const forget = { kind: 'forget', id: contoso, workspace: rig.workspace, version, partition: 0 } as const
  await rig.store.write([forget], new AbortController().signal)
  assert.deepEqual((await trace(told, contoso)).stores, [
    { store: 'memory', held: null, verdict: 'missing', failure: null },
  ])
})

test('a record nobody has heard of has no life', async () => {
  await using told = await story()
  const id = '00000000-0000-4000-8000-000000000000'
  assert.equal(await traceOf({ log: told.rig.log, codec: told.rig.codec, id }), undefined)
  assert.match(documentIdOf({ object: { id: 'o', slug: 'deals', singular: null }, record: id }), /^attio_deal_0/)
})

test('a state that no change explains is found out', async () => {
  await using told = await story()
  const { rig, contoso } = told
  const before = await trace(told, contoso)
  assert.deepEqual([before.fold?.agrees, before.fold?.pending], [true, 0])
  const body = before.states.at(-1)?.body ?? assert.fail()
  const about = { workspace_id: rig.workspace, object_id: String(JSON.parse(body).object) }
  const value = { ...about, fence: Date.now(), hash: 'x', deleted: false, body }
  await rig.publish([{ topic: 'crm.records', key: contoso, value, headers: { workspace: rig.workspace } }])
  const after = await trace(told, contoso)
  assert.deepEqual(
    after.decisions.map(({ result }) => result),
    before.decisions.map(({ result }) => result),
  )
  assert.match(after.reach.join('\n'), /1 of the states come from changes that are not kept/)
  const dead = { ...value, fence: 0, hash: '', deleted: true, body: null }
  await rig.publish([{ topic: 'crm.records', key: contoso, value: dead, headers: { workspace: rig.workspace } }])
  const wrong = await trace(told, contoso)
  assert.equal(wrong.fold?.agrees, false)
  assert.match(traceLines(wrong, { values: false }).join('\n'), /The newest state in the topic does NOT agree\./)
})

test('while compact is behind nothing is said of its agreement', async () => {
  await using told = await story()
  const { rig, contoso } = told
  const { decisions, states } = await trace(told, contoso)
  const offset = decisions.at(-1)?.offset ?? assert.fail()
  const offsets = [{ topic: 'attio.changes', partition: states[0]?.partition ?? 0, offset }]
  await (await rig.log.transactional('test')).commit({ messages: [], group: 'compact', offsets })
  const { fold } = await trace(told, contoso)
  assert.deepEqual([fold?.agrees, fold?.pending], [null, 1])
})
