/** All documents of a workspace against the oracle: after a backfill, and after edits by chance. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { filledRig, type WholeRig } from '../stories/whole-rig.ts'
import { differences } from './oracle.ts'
import { editByChance } from './random-edits.ts'
import { truthOf } from './truth-of.ts'

const agree = async (rig: WholeRig, about: string): Promise<void> => {
  const found = differences(truthOf(rig.attio.world), await rig.documents())
  assert.deepEqual(found, [], about)
}
/** Another one is tried with SEED=n. */
const SEEDS = process.env.SEED === undefined ? [1, 2, 3] : [Number(process.env.SEED)]

test('after a backfill every record of a workspace has its document, with every fact and no other', async () => {
  await using rig = await filledRig({ size: 'small', records: 300 })
  assert.ok((await rig.documents()).size > 290)
  await agree(rig, 'after the backfill')
})

for (const seed of SEEDS)
  test(`after a hundred edits by chance the documents say what is true (seed ${seed})`, async () => {
    const semantics = seed % 2 === 0 ? '2025' : '2026'
    await using rig = await filledRig({ seed, faults: { world: { mergeSemantics: semantics } } })
    const { world, edit } = rig.attio
    const done = await editByChance({
      world,
      edit,
      random: randomFrom(seed),
      count: 100,
      // Some edits come while others are under way, some to a pipeline at rest.
      after: async (nth) => (nth % 10 === 9 ? rig.quiet() : undefined),
    })
    await rig.quiet()
    await agree(rig, `seed ${seed}, merges of ${semantics}:\n${done.join('\n')}`)
  })
