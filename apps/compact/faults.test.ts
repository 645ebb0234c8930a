/** What compact does with what it cannot read, after losing its disk, and when a workspace is erased. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as given from './given.ts'
import { compact, spelled } from './given.ts'

describe('what cannot be read', () => {
  test('R12: is buried once with its bytes, and the next change of the same thing goes on', () => {
    const stage = compact()
    const broken = { ...given.company('c1', 100), payload: '{"id":{}}' }
    assert.deepEqual(stage.send(broken), ['crm.dead-letters c1'])
    const letter = stage.driver.last('crm.dead-letters').get('c1')
    assert.deepEqual(
      [letter?.stage, letter?.topic, letter?.offset, letter?.workspace_id],
      ['compact', 'attio.changes', 0, 'w1'],
    )
    assert.ok((letter?.value?.length ?? 0) > 0, 'the letter holds the bytes')
    assert.deepEqual(stage.send(given.company('c1', 200)), ['crm.records c1', 'crm.names w1/record/c1'])
  })

  test('R14: the reason does not repeat what the payload says', () => {
    const stage = compact()
    stage.send({ ...given.company('c1', 100), payload: '"Confidential"' })
    stage.send({ ...given.company('c2', 100), payload: '{"secret": Confidential' })
    const letters = stage.driver.last('crm.dead-letters')
    for (const key of ['c1', 'c2']) assert.doesNotMatch(letters.get(key)?.reason ?? 'Confidential', /onfidential/)
  })

  test('a change under a key that is not its own is buried: its states would land in another partition', () => {
    const { driver } = compact()
    const letters = driver.send('attio.changes', 'c2', given.company('c1', 100)).map(spelled)
    assert.deepEqual(letters, ['crm.dead-letters c2'])
  })

  test('a deletion of an unknown kind of thing is buried', () => {
    assert.deepEqual(compact().send(given.gone('meeting', 'x1', 100)), ['crm.dead-letters x1'])
  })

  test('an attribute of a type never seen is kept by its readable parts and counted', () => {
    const types: string[] = []
    const stage = compact({ onUnknownType: (type) => types.push(type) })
    const mood = [given.value('mood', { mood: 'sunny', mood_id: 'x' })]
    stage.send(given.company('c1', 100, { mood }))
    assert.deepEqual(types, ['mood'])
    const { values } = JSON.parse(stage.driver.last('crm.records').get('c1')?.body ?? '')
    assert.deepEqual(values.mood, [{ kind: 'unknown', type: 'mood', scalars: { mood: 'sunny' } }])
  })
})

describe('taking over and erasing', () => {
  test('R8: folding the last minutes again writes nothing and restores the fences', () => {
    const stage = compact()
    stage.send(given.company('c1', 100, { name: given.text('A') }))
    stage.send(given.task('t1', 100, ['r1']))
    stage.send(given.task('t1', 200, ['r2']))
    stage.send(given.company('c1', 200, { name: given.text('B') }))
    stage.send(given.company('c1', 300, { name: given.text('B') }))
    stage.send(given.gone('task', 't1', 300))
    assert.deepEqual(stage.driver.restart({ disk: false }), [])
    assert.equal(stage.driver.tables.records.get('c1')?.value.fence, 300)
    assert.deepEqual(stage.send(given.company('c1', 250, { name: given.text('late') })), [])
  })

  test('R8: a fence that advanced without new content is not written, and is lost with the disk beyond the last minutes', () => {
    const stage = compact({ rereadMs: 60_000 })
    stage.send(given.company('c1', 100, { name: given.text('A') }))
    stage.send(given.company('c1', 300, { name: given.text('A') }))
    stage.driver.now += 60_001
    stage.driver.restart({ disk: true })
    assert.equal(stage.driver.tables.records.get('c1')?.value.fence, 300)
    stage.driver.restart({ disk: false })
    assert.equal(stage.driver.tables.records.get('c1')?.value.fence, 100)
  })

  test('a tombstone among the changes leaves tombstones wherever the thing was known', () => {
    const stage = compact()
    stage.send(given.company('c1', 100))
    stage.send(given.task('t1', 100, ['r1', 'r2']))
    stage.send(given.member('m1', 100, 'Ann'))
    assert.deepEqual(stage.forget('c1'), ['-crm.records c1', '-crm.names w1/record/c1'])
    assert.deepEqual(stage.forget('t1'), [
      '-crm.children t1',
      '-crm.attachments r1/task/t1',
      '-crm.attachments r2/task/t1',
    ])
    assert.deepEqual(stage.forget('m1'), ['-crm.children m1', '-crm.names w1/member/m1'])
    assert.deepEqual(stage.forget('never seen'), [])
  })

  test('every change is counted by what became of it', () => {
    const seen: string[] = []
    const stage = compact({ onChange: (kind, result) => seen.push(`${kind} ${result}`) })
    stage.send(given.company('c1', 100))
    stage.send(given.company('c1', 200))
    stage.send(given.company('c1', 100))
    stage.send(given.gone('record', 'c1', 9_000))
    stage.send(given.company('c1', 300))
    stage.forget('c1')
    assert.deepEqual(seen, [
      'record applied',
      'record same',
      'record stale',
      'record applied',
      'record dead',
      'unknown forgotten',
    ])
  })
})
