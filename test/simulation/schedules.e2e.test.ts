/** A thousand schedules pass, with every kind of trouble among them, and what is planted is found. No servers, but both cores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { test as testMutant } from './mutants.ts'
import { MUTANTS } from './planted.ts'
import { Pool } from './pool.ts'
import { soak } from './soak.ts'

/** Another thousand is tried with FIRST=n. */
const FIRST = Number(process.env.FIRST ?? 1)
const SCHEDULES = 1_000
/** Quickly found; all of them: make mutants. */
const CHEAP = [
  'the trailing read is dropped',
  'whatever arrives last wins',
  'a rename stays where it happened',
  'a child that moves stays in the document it left',
  'an artifact is written whether or not it says anything new',
]

test(`${SCHEDULES} schedules of faults end in the documents of the oracle, and no store ever goes back`, async () => {
  const pool = new Pool()
  const said: string[] = []
  try {
    const result = await soak({ pool, schedules: SCHEDULES, first: FIRST, say: (line) => void said.push(line) })
    assert.deepEqual(result.failed, [], said.join('\n'))
    for (const what of HAPPENED) assert.ok((result.within[what] ?? 0) > 0, `no schedule had this: ${what}`)
  } finally {
    pool.close()
  }
})

for (const name of CHEAP)
  test(`schedules find it when ${name}`, async () => {
    const mutant = MUTANTS.find((one) => one.name === name)
    assert.ok(mutant !== undefined)
    const { after } = await testMutant(mutant, { schedules: 200 })
    assert.ok(after !== undefined, 'missed')
  })

/** Trouble that must really have come, in at least one schedule each. */
const HAPPENED = [
  ...['webhook', 'hydrate', 'backfill', 'compact', 'enrich', 'alpha', 'beta'].flatMap((stage) => [
    `crash ${stage}, disk kept`,
    `crash ${stage}, disk lost`,
    `zombie ${stage}`,
  ]),
  ...['webhook', 'hydrate', 'compact', 'enrich', 'alpha', 'beta'].flatMap((stage) => [
    `member joins ${stage}`,
    `member leaves ${stage}`,
  ]),
  'webhook dropped',
  'webhook twice',
  'webhook overtaken',
  'webhook an hour late',
  'webhook a day late',
  'read that trails',
  'list edited between two pages',
  'answer 429',
  'request: truncate',
  'request: drop',
  'request: hang',
  'request: html',
  'store refuses',
  'store wrote a part',
  'store wrote and did not answer',
  'brokers away',
  'clock off by more than a minute',
  'two workspaces',
  'compact FencedError',
  'enrich FencedError',
  'object out of sight',
  'nominated by a sweep',
  'log cleaned',
]
