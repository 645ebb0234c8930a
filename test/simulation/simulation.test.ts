/** A schedule is a run that can be had again, as it was and simpler; and planted faults are really planted. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { unplantable } from './mutants.ts'
import { MUTANTS } from './planted.ts'
import { Pool } from './pool.ts'
import { explain } from './soak.ts'

test('a schedule is the same run every time, whatever ran before in the process', async () => {
  const [one, other] = [new Pool({ workers: 1 }), new Pool({ workers: 1 })]
  try {
    const alone = await one.run({ kind: 'run', seed: 7 })
    await other.run({ kind: 'run', seed: 8 })
    const after = await other.run({ kind: 'run', seed: 7 })
    const { hash, events, counts, edits } = alone.outcome
    assert.ok(events > 100)
    assert.deepEqual(
      [hash, events, counts, edits],
      [after.outcome.hash, after.outcome.events, after.outcome.counts, after.outcome.edits],
    )
    assert.notEqual((await other.run({ kind: 'run', seed: 8 })).outcome.hash, hash)
  } finally {
    one.close()
    other.close()
  }
})

test('a failing schedule is shrunk, and the line it ends with replays it', async () => {
  const fault = MUTANTS.find(({ name }) => name === 'whatever arrives last wins')
  const pool = new Pool({ workers: 1, ...(fault === undefined ? {} : { fault }) })
  try {
    const failing = await firstFailure(pool)
    const said: string[] = []
    assert.equal(await explain(pool, failing, (line) => void said.push(line), { most: 30 }), false)
    const [, seed, path] = /^replay: make soak SEED=(\d+) SHRUNK=([\d:]+)$/.exec(said.at(-1) ?? '') ?? []
    assert.equal(Number(seed), failing)
    const again: string[] = []
    assert.ok(path !== undefined)
    assert.equal(await explain(pool, failing, (line) => void again.push(line), { path }), false)
    assert.deepEqual(again.slice(0, -1), said.slice(0, -1))
  } finally {
    pool.close()
  }
})

test('every planted fault still has its place in the code', () => {
  assert.deepEqual(unplantable(join(import.meta.dirname, '..', '..')), [])
})

async function firstFailure(pool: Pool): Promise<number> {
  for (let seed = 1; seed < 200; seed++) {
    const { outcome } = await pool.run({ kind: 'run', seed })
    if (outcome.faults.length > 0) return seed
  }
  return assert.fail('nothing failed')
}
