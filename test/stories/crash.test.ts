/** R1, R7, R8: any process killed in the middle of edits, its disk kept or lost, ends in the same documents, each written once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { differences } from '../oracle/oracle.ts'
import { editByChance } from '../oracle/random-edits.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { messagesOf } from './stillness.ts'
import { filledRig, type StageName, type WholeRig, wholeRig } from './whole-rig.ts'

const EDITS = 40
/** The crashes fall between these edits and while what they caused is under way. */
const CRASHES = [6, 13, 14, 27]

async function agree(rig: WholeRig, about: string): Promise<void> {
  await rig.quiet()
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [], about)
}

/** No artifact says what the one before it said already. */
async function nothingTwice(rig: WholeRig): Promise<void> {
  const last = new Map<string, string>()
  for (const { key, headers } of await messagesOf(rig.log, 'crm.artifacts')) {
    const { hash = '' } = headers
    assert.notEqual(last.get(key), hash, `the artifact of ${key} was written twice`)
    last.set(key, hash)
  }
}

const VICTIMS: readonly (readonly [StageName, 'kept' | 'lost'])[] = [
  ['compact', 'kept'],
  ['compact', 'lost'],
  ['enrich', 'kept'],
  ['enrich', 'lost'],
  ['sink', 'kept'],
  ['hydrate', 'kept'],
]
for (const [index, [stage, disk]] of VICTIMS.entries())
  test(`${stage} killed in the middle of edits, its disk ${disk}, ends in the same documents`, async () => {
    const seed = 100 + index
    await using rig = await filledRig({ seed })
    const { world, edit } = rig.attio
    const done = await editByChance({
      world,
      edit,
      random: randomFrom(seed),
      count: EDITS,
      after: async (nth) => {
        if (!CRASHES.includes(nth)) return
        const artifacts = await rig.written('crm.artifacts')
        await rig.until('documents change', async () => (await rig.written('crm.artifacts')) > artifacts)
        await rig.crash(stage, { disk })
      },
    })
    await agree(rig, `seed ${seed}:\n${done.join('\n')}`)
    await nothingTwice(rig)
  })

test('compact and enrich killed with their disks in the middle of a backfill end in the same documents', async () => {
  await using rig = await wholeRig()
  await rig.connect()
  let pages = 0
  await rig.backfill({
    onPage: () => {
      pages += 1
    },
    publisher: {
      publish: async (outputs) => {
        await rig.publish(outputs)
        if (pages === 2) for (const stage of ['compact', 'enrich'] as const) await rig.crash(stage, { disk: 'lost' })
      },
    },
  })
  assert.ok(pages > 5)
  await agree(rig, 'after the backfill')
  await nothingTwice(rig)
})
