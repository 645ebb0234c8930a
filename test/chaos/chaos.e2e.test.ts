/**
 * A short run of the chaos: a workspace is walked and edited while every app is killed at work, two lose their disks, and two
 * wake up as zombies (R1, R4, R7, R8, R9). Another seed is tried with SEED=n; `make chaos` breaks everything, for longer.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { kill, wipe, zombie } from './acts.ts'
import { chaos } from './chaos.ts'
import { type Report, reportLines } from './report.ts'

const SEED = Number(process.env.SEED ?? 1)
let report: Report

before(async () => {
  const lines: string[] = []
  try {
    report = await chaos({
      seed: SEED,
      say: (line) => lines.push(line),
      turns: (ground, random) => [
        [kill(ground, 'backfill'), kill(ground, 'compact')],
        [kill(ground, 'enrich'), kill(ground, 'webhook')],
        (['hydrate', 'sink-postgres', 'sink-opensearch', 'sink-turbopuffer'] as const).map((app) => kill(ground, app)),
        [wipe(ground, 'compact'), wipe(ground, 'enrich')],
        [zombie(ground, 'enrich', random), zombie(ground, 'hydrate', random)],
      ],
    })
  } catch (error) {
    console.error(lines.join('\n'))
    throw error
  }
  if (report.logs !== undefined) console.error(lines.join('\n'))
})

test(`every app was killed at work or replaced, and each went on (seed ${SEED})`, (t) => {
  t.diagnostic(reportLines(report))
  assert.equal(report.acts.length, 12)
  assert.deepEqual(report.ended, [])
  assert.ok(report.edits > 50, `${report.edits} edits were played`)
})

test('every webhook that was acknowledged is in attio.notices', () => {
  assert.ok(report.deliveries > 50, `${report.deliveries} were acknowledged`)
  assert.deepEqual(report.lost, [])
})

test('no document that was gone was seen again, and no version went back, in any store at any time', () => {
  assert.ok(report.samples > 50, `the stores were read ${report.samples} times`)
  assert.deepEqual(report.resurrected, [])
  assert.deepEqual(report.backwards, [])
})

test('no artifact was written twice, and nothing was buried', () => {
  assert.deepEqual(report.duplicates, [])
  assert.deepEqual(report.deadLetters, [])
})

test('every document of every store says what is true, and verify finds no difference', () => {
  assert.deepEqual(report.differences, [])
})
