import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEAD_LETTERS } from '@attio-stream/stream'
import { argumentsOf } from './arguments.ts'
import { dropLetters } from './drop.ts'
import { given } from './given.ts'
import { countByReason, findLetter, listLetters } from './letters.ts'
import { listLines, showLines } from './report.ts'

const at = (topic: string, offset: number, value = 'secret words') => ({
  topic,
  partition: 0,
  offset,
  key: `k${offset}`,
  value: Buffer.from(value),
  headers: { workspace: 'w1' },
})

test('the same message given up twice by the same stage is one letter, by two stages it is two', async () => {
  const g = given()
  const first = await g.bury(at('crm.artifacts', 1), { stage: 'sink-postgres', now: 1 })
  const again = await g.bury(at('crm.artifacts', 1), { stage: 'sink-postgres', now: 2, attempts: 2 })
  const other = await g.bury(at('crm.artifacts', 1), { stage: 'sink-opensearch' })
  assert.equal(again, first)
  assert.match(first, /^[0-9a-f]{12}$/)
  const { letters } = await listLetters(g.options)
  assert.deepEqual(
    letters.map(({ id, buried_at }) => [id, buried_at]),
    [
      [first, 1],
      [other, 1_000],
    ],
  )
})

test('a topic made anew gives letters of other ids at the same offsets', async () => {
  const g = given()
  assert.notEqual(await g.bury(at('attio.changes', 0, 'before')), await g.bury(at('attio.changes', 0, 'after')))
})

test('letters are found by workspace, stage, topic, reason, class, time and state', async () => {
  const g = given()
  const a = await g.bury(at('attio.changes', 1), { now: 1_000 })
  const b = await g.bury(at('attio.notices', 2), { stage: 'hydrate', fault: 'forbidden', workspace: 'w2', now: 2_000 })
  const c = await g.bury(at('crm.artifacts', 3), { stage: 'sink-memory', reason: 'The row is too long.', now: 3_000 })
  await dropLetters(g.options, { ids: new Set([c]) })
  const found = async (filter: Parameters<typeof listLetters>[1]) =>
    (await listLetters(g.options, filter)).letters.map(({ id }) => id)
  assert.deepEqual(await found({}), [a, b, c])
  assert.deepEqual(await found({ workspace: 'w2' }), [b])
  assert.deepEqual(await found({ stage: 'compact' }), [a])
  assert.deepEqual(await found({ topic: 'crm.artifacts' }), [c])
  assert.deepEqual(await found({ reason: 'forbidden' }), [b])
  assert.deepEqual(await found({ reason: 'row is too' }), [c])
  assert.deepEqual(await found({ since: 2_000 }), [b, c])
  assert.deepEqual(await found({ state: 'open' }), [a, b])
  assert.deepEqual(await found({ state: 'dropped', since: 4_000 }), [])
})

test('reasons are counted without the ids and numbers in them', async () => {
  const g = given()
  for (const [offset, id] of ['8b1ad2e4-0000-4000-8000-000000000001', '8b1ad2e4-0000-4000-8000-000000000002'].entries())
    await g.bury(at('attio.changes', offset), { reason: `The change of ${id} is of a kind that is not known.` })
  const counts = countByReason((await listLetters(g.options)).letters)
  assert.deepEqual(
    counts.map(({ letters, reason, stage, state }) => [letters, reason, stage, state]),
    [[2, 'The change of … is of a kind that is not known.', 'compact', 'open']],
  )
})

test('R14: list and show say where, why, sizes and headers, never what a message said', async () => {
  const g = given()
  const id = await g.bury(at('attio.changes', 7))
  const { letters, unreadable } = await listLetters(g.options)
  const { entry } = (await findLetter(g.options, id)) ?? assert.fail()
  const lines = [...listLines(letters, unreadable, 50), ...showLines(entry), JSON.stringify(letters)].join('\n')
  assert.doesNotMatch(lines, /secret/)
  for (const part of [id, 'attio.changes/0/7', 'It makes no sense.', 'workspace: w1', 'bytes      12'])
    assert.ok(lines.includes(part), part)
})

test('what is in the topic and is no letter is said, and hides no letter', async () => {
  const g = given()
  await g.log.produce([{ topic: DEAD_LETTERS, partition: 0, key: 'k', value: Buffer.from('rubbish') }])
  await g.bury(at('attio.changes', 1))
  const { letters, unreadable } = await listLetters(g.options)
  assert.deepEqual([letters.length, unreadable], [1, 1])
  assert.match(listLines(letters, unreadable, 50).join('\n'), /1 messages of crm.dead-letters are no letters/)
})

test('the command says what is wrong with what it was asked', () => {
  const asked = (...args: string[]) => argumentsOf(args, 10 * 86_400_000)
  const id = '0123456789ab'
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/Say one of list, show, redrive, drop/],
    [/no id of a letter/, 'show', 'x'],
    [/show takes the id of one letter/, 'show'],
    [/--all \(with filters\)/, 'redrive'],
    [/not both/, 'redrive', id, '--all'],
    [/not both/, 'redrive', id, '--stage', 'compact'],
    [/say --yes/, 'drop', id],
    [/--since takes/, 'list', '--since', 'yesterday'],
    [/--state takes/, 'list', '--state', 'lost'],
    [/--limit takes/, 'list', '--limit', 'all'],
    [/Unknown option/, 'list', '--al'],
  ]
  for (const [message, ...args] of wrong) assert.throws(() => asked(...args), message, args.join(' '))
  assert.equal(asked('--help'), 'help')
  const redrive = asked('redrive', '--all', '--stage', 'compact', '--since', '2d')
  assert.deepEqual(redrive !== 'help' && redrive.filter, { stage: 'compact', since: 8 * 86_400_000 })
  const drop = asked('drop', id, '--yes')
  assert.deepEqual(drop !== 'help' && [...(drop.filter.ids ?? [])], [id])
})
