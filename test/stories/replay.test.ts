/** A replay from crm.records or attio.changes: what the code of today says differently reaches the documents, and Attio is asked nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observe } from '@attio-stream/attio'
import { join } from '@attio-stream/crm'
import { askForReplay, ReplayBoard, type ReplayStatus, type ReplayWish, replayStatus } from '@attio-stream/stream'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { differences } from '../oracle/oracle.ts'
import { editByChance } from '../oracle/random-edits.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { story } from './cast.ts'
import type { Code } from './processes.ts'
import { messagesOf } from './stillness.ts'
import { filledRig, type WholeRig } from './whole-rig.ts'

/** Deals are called so in the documents. */
const OTHER_JOIN: Code['join'] = (input) => {
  const artifact = join(input)
  return artifact.object.slug === 'deals' ? { ...artifact, name: `Deal: ${artifact.name}` } : artifact
}
/** Notes are read in capitals. */
const OTHER_READING: Code['observe'] = (change, options) => {
  const seen = observe(change, options)
  return seen.kind === 'note' ? { ...seen, title: seen.title.toUpperCase() } : seen
}

async function asked(rig: WholeRig, stage: 'compact' | 'enrich', wish: Partial<ReplayWish> = {}) {
  const { log, codec } = rig
  const board = await ReplayBoard.open({ log, codec, stage, signal: new AbortController().signal })
  const partitions = await log.partitions('crm.records')
  const id = await askForReplay({ log, codec, board }, { stage, partitions, ...wish })
  const status = (): ReplayStatus | undefined =>
    board.request?.id === id ? replayStatus(board, partitions) : undefined
  return {
    isDone: () => status()?.done === partitions,
    begun: () => rig.until('a replay under way', () => (status()?.looked ?? 0) > 0),
    async done(): Promise<ReplayStatus> {
      await rig.until('the end of the replay', () => status()?.done === partitions)
      await rig.quiet()
      await board.close()
      return status() ?? assert.fail()
    },
  }
}

/** So that a kill comes in the middle. */
function slow<Arguments extends unknown[], Result>(work: (...given: Arguments) => Result) {
  return (...given: Arguments): Result => {
    for (const until = performance.now() + 2; performance.now() < until; );
    return work(...given)
  }
}

/** What was written to crm.artifacts since, by key, and how often Attio was asked meanwhile. */
async function watch(rig: WholeRig) {
  const ends = await rig.log.ends('crm.artifacts')
  const { requests } = rig.attio.counters.values
  return {
    written: async () => (await messagesOf(rig.log, 'crm.artifacts', ends)).map(({ key }) => key).sort(),
    requests: () => rig.attio.counters.values.requests - requests,
  }
}

const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])

test('another join is shown after a replay from records, of the records it shows differently, without asking Attio', async () => {
  await using told = await story()
  const { rig, deal, bob } = told
  await rig.deploy('enrich', { join: OTHER_JOIN })
  const watched = await watch(rig)
  const dry = await (await asked(rig, 'enrich', { dryRun: true })).done()
  assert.deepEqual([dry.looked > 3, dry.differed, await watched.written()], [true, 1, []], 'a dry run tells beforehand')
  const { looked, differed, unreadable } = await (await asked(rig, 'enrich')).done()
  assert.deepEqual({ looked, differed, unreadable }, { looked: dry.looked, differed: 1, unreadable: 0 })
  assert.deepEqual(await watched.written(), [deal])
  assert.equal(rig.document(deal)?.title, 'Deal: Annual licence 2026')
  assert.equal(watched.requests(), 0)
  told.edit.renameRecord({ record: bob, name: 'Stone, Robert' })
  await rig.shows(deal, 'Robert')
})

test('another reading of payloads is shown after a replay from changes, in the documents that show it, without asking Attio', async () => {
  await using told = await story()
  const { rig, northwind, contoso } = told
  told.edit.createNote({ record: northwind, title: 'Call with Bob', content: 'He agreed.' })
  told.edit.createNote({ record: contoso, title: 'SHOUTED', content: 'Nothing.' })
  await rig.quiet()
  await rig.deploy('compact', { observe: OTHER_READING })
  const watched = await watch(rig)
  const { differed } = await (await asked(rig, 'compact')).done()
  assert.equal(differed, 1)
  assert.deepEqual(await watched.written(), [northwind])
  await rig.shows(northwind, 'CALL WITH BOB')
  assert.equal(watched.requests(), 0)
})

test('a replay from changes raises nobody, whatever log compaction has left', async () => {
  await using told = await story()
  const { rig, edit, carla, northwind, deal } = told
  edit.renameRecord({ record: carla, name: 'Díaz, Carla María' })
  await rig.quiet()
  edit.deleteRecord({ record: carla })
  edit.deleteRecord({ record: told.bob })
  edit.mergeRecords({ primary: northwind, secondary: told.contoso })
  await rig.quiet()
  const died = (await rig.changes()).filter(({ gone }) => gone)
  assert.ok(died.length > 0)
  rig.log.compact('attio.changes')
  const before = await rig.documents()
  const watched = await watch(rig)
  await rig.crash('compact', { disk: 'lost' })
  await (await asked(rig, 'compact')).done()
  assert.deepEqual(await rig.documents(), before)
  assert.equal(rig.document(carla), undefined)
  assert.ok(rig.document(deal))
  assert.deepEqual(await watched.written(), [])
  const notices = await rig.written('attio.notices')
  await rig.deploy('enrich', { join: OTHER_JOIN })
  await (await asked(rig, 'enrich')).done()
  assert.deepEqual(await watched.written(), [deal])
  assert.equal(await rig.written('attio.notices'), notices, 'whoever refers to the dead is not asked about again')
  assert.equal(watched.requests(), 0)
})

for (const stage of ['compact', 'enrich'] as const)
  test(`edits and a kill of ${stage} in the middle of its replay end in the same documents, with higher versions`, async () => {
    await using rig = await filledRig({ seed: 7, records: 300 })
    const versions = () => messagesOf(rig.log, 'crm.artifacts')
    await rig.deploy(stage, { observe: OTHER_READING, join: OTHER_JOIN })
    await (await asked(rig, stage)).done()
    await rig.deploy(stage, { observe: slow(observe), join: slow(join) })
    const { world, edit } = rig.attio
    const replay = await asked(rig, stage)
    await replay.begun()
    const done = await editByChance({
      world,
      edit,
      random: randomFrom(7),
      count: 20,
      after: async (nth) => {
        if (nth === 5) {
          assert.ok(!replay.isDone(), 'the kill comes in the middle')
          await rig.crash(stage, { disk: 'kept' })
        }
        if (nth === 12) await rig.crash(stage, { disk: 'lost' })
      },
    })
    await replay.done()
    await agree(rig)
    const last = new Map<string, string>()
    for (const { key, headers } of await versions()) {
      assert.notEqual(
        last.get(key),
        headers.hash,
        `the artifact of ${key} was written twice; edits:\n${done.join('\n')}`,
      )
      last.set(key, headers.hash ?? '')
    }
  })
