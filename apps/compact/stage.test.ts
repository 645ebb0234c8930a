/** What compact writes when records, children and the directory change. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { observe } from '@attio-stream/attio'
import * as given from './given.ts'
import { compact } from './given.ts'

const DAY = 24 * 60 * 60 * 1000

describe('a record', () => {
  test('seen for the first time becomes a state and a directory entry', () => {
    const stage = compact()
    assert.deepEqual(stage.send(given.company('c1', 100, { name: given.text('Acme') })), [
      'crm.records c1',
      'crm.names w1/record/c1',
    ])
    const state = stage.driver.last('crm.records').get('c1')
    assert.equal(state?.object_id, 'companies-id')
    assert.deepEqual(JSON.parse(state?.body ?? ''), {
      object: 'companies-id',
      record: 'c1',
      createdAt: '2026-09-02T10:00:00.123Z',
      webUrl: 'https://app.attio.com/acme/company/c1',
      name: 'Acme',
      values: { name: [{ kind: 'text', text: 'Acme' }] },
    })
    const name = stage.driver.last('crm.names').get('w1/record/c1')
    assert.deepEqual([name?.name, name?.card], ['Acme', '{"kind":"record","object":"companies-id"}'])
  })

  test('carries workspace, hash and fence in its headers', () => {
    const { driver } = compact()
    const [state] = driver.send('attio.changes', 'c1', given.company('c1', 100))
    assert(state?.topic === 'crm.records')
    assert.deepEqual(state.headers, { workspace: 'w1', hash: state.value?.hash, fence: '100' })
    assert.match(state.value?.hash ?? '', /^[0-9a-f]{64}$/)
  })

  test('changed where others do not look leaves the directory alone', () => {
    const stage = compact()
    stage.send(given.company('c1', 100, { name: given.text('Acme') }))
    const more = { name: given.text('Acme'), description: given.text('Tea') }
    assert.deepEqual(stage.send(given.company('c1', 200, more)), ['crm.records c1'])
  })

  test('renamed, or with another domain, changes its directory entry', () => {
    const stage = compact()
    stage.send(given.company('c1', 100, { name: given.text('Acme') }))
    const renamed = given.company('c1', 200, { name: given.text('Acme Ltd') })
    assert.deepEqual(stage.send(renamed), ['crm.records c1', 'crm.names w1/record/c1'])
    const domains = [given.value('domain', { domain: 'acme.example', root_domain: 'acme.example' })]
    const moved = given.company('c1', 300, { name: given.text('Acme Ltd'), domains })
    assert.deepEqual(stage.send(moved), ['crm.records c1', 'crm.names w1/record/c1'])
  })

  test('read again unchanged writes nothing, but its fence advances', () => {
    const stage = compact()
    stage.send(given.company('c1', 100, { name: given.text('Acme') }))
    assert.deepEqual(stage.send(given.company('c1', 300, { name: given.text('Acme') })), [])
    assert.deepEqual(stage.send(given.company('c1', 200, { name: given.text('Old') })), [])
    assert.equal(stage.driver.tables.records.get('c1')?.value.fence, 300)
  })

  test('as read before what is known, or before its death could be seen, is not looked into', () => {
    const looked: number[] = []
    const stage = compact({
      observe: (change, options) => {
        looked.push(change.fence)
        return observe(change, options)
      },
    })
    stage.send(given.company('c1', 300))
    for (const fence of [200, 300]) assert.deepEqual(stage.send(given.company('c1', fence)), [])
    stage.send(given.gone('record', 'c1', 400))
    for (const fence of [399, 3_400]) assert.deepEqual(stage.send(given.company('c1', fence)), [])
    assert.deepEqual(looked, [300])
  })

  test('read again with other times and authors of its values has the same hash', () => {
    const stage = compact()
    const name = (active_from: string) => [{ ...given.value('text', { value: 'Acme' }), active_from }]
    stage.send(given.company('c1', 100, { name: name('2026-01-01T00:00:00.000000000Z') }))
    assert.deepEqual(stage.send(given.company('c1', 200, { name: name('2026-02-01T00:00:00.000000000Z') })), [])
  })
})

describe('a dead record', () => {
  test('R4: is a deleted state and a deleted directory entry; a late read does not raise it', () => {
    const stage = compact()
    stage.send(given.company('c1', 10_000, { name: given.text('Acme') }))
    assert.deepEqual(stage.send(given.gone('record', 'c1', 20_000)), ['xcrm.records c1', 'xcrm.names w1/record/c1'])
    assert.deepEqual(stage.send(given.company('c1', 23_000)), [])
    assert.deepEqual(stage.send(given.company('c1', 23_001)), ['crm.records c1', 'crm.names w1/record/c1'])
  })

  test('R4: keeps its object, and stays deleted when the deletion came before the first read', () => {
    const stage = compact()
    assert.deepEqual(stage.send({ ...given.gone('record', 'c1', 20_000), object_id: 'o7' }), [
      'xcrm.records c1',
      'xcrm.names w1/record/c1',
    ])
    assert.deepEqual(stage.send(given.company('c1', 19_000)), [])
    assert.equal(stage.driver.last('crm.records').get('c1')?.object_id, 'o7')
  })

  test('R4: is forgotten seven days after its death, not before', () => {
    const stage = compact()
    const death = stage.driver.now
    stage.send(given.company('c1', death - 1, {}))
    stage.send(given.company('c2', death - 1, {}))
    stage.send(given.gone('record', 'c1', death))
    assert.deepEqual(stage.advance(7 * DAY), [])
    assert.deepEqual(stage.advance(1), ['-crm.records c1', '-crm.names w1/record/c1'])
    assert.deepEqual(stage.advance(60_000), [])
    assert.equal(stage.driver.tables.records.has('c2'), true)
  })

  test('R5: a merge is two deaths and a birth', () => {
    const stage = compact()
    stage.send(given.company('a', 10_000, { name: given.text('A') }))
    stage.send(given.company('b', 10_000, { name: given.text('B') }))
    const merge = [
      given.company('c', 20_000, { name: given.text('A') }),
      given.gone('record', 'a', 20_001),
      given.gone('record', 'b', 20_002),
    ]
    assert.deepEqual(
      merge.flatMap((one) => stage.send(one).filter((line) => line.includes('crm.records'))),
      ['crm.records c', 'xcrm.records a', 'xcrm.records b'],
    )
  })
})

describe('a child', () => {
  test('is filed under every record it is linked to', () => {
    const stage = compact()
    assert.deepEqual(stage.send(given.task('t1', 100, ['r2', 'r1'])), [
      'crm.children t1',
      'crm.attachments r1/task/t1',
      'crm.attachments r2/task/t1',
    ])
    const attachment = stage.driver.last('crm.attachments').get('r1/task/t1')
    assert.equal(JSON.parse(attachment?.body ?? '').text, 'Do it')
    assert.equal(attachment?.record_id, 'r1')
  })

  test('R6: unlinked from one record and linked to another, leaves the first, reaches the second, and the third hears nothing', () => {
    const stage = compact()
    stage.send(given.task('t1', 100, ['r1', 'r2']))
    assert.deepEqual(stage.send(given.task('t1', 200, ['r2', 'r3'])), [
      'crm.children t1',
      '-crm.attachments r1/task/t1',
      'crm.attachments r3/task/t1',
    ])
  })

  test('R6: rewritten, reaches every record it is filed under', () => {
    const stage = compact()
    stage.send(given.task('t1', 100, ['r1', 'r2']))
    assert.deepEqual(stage.send(given.task('t1', 200, ['r1', 'r2'], 'Do that')), [
      'crm.children t1',
      'crm.attachments r1/task/t1',
      'crm.attachments r2/task/t1',
    ])
  })

  test('linked in another order, or twice, is the same', () => {
    const stage = compact()
    stage.send(given.task('t1', 100, ['r1', 'r2']))
    assert.deepEqual(stage.send(given.task('t1', 200, ['r2', 'r1', 'r2'])), [])
  })

  test('deleted, is taken from every record it was filed under, once', () => {
    const stage = compact()
    stage.send(given.note('n1', 10_000, 'r1'))
    assert.deepEqual(stage.send(given.gone('note', 'n1', 20_000)), ['xcrm.children n1', '-crm.attachments r1/note/n1'])
    assert.deepEqual(stage.send(given.gone('note', 'n1', 21_000)), [])
    assert.deepEqual(stage.send(given.note('n1', 22_000, 'r1')), [])
  })

  test('is forgotten seven days after its death', () => {
    const stage = compact()
    stage.send(given.note('n1', stage.driver.now, 'r1'))
    stage.send(given.gone('note', 'n1', stage.driver.now))
    assert.deepEqual(stage.advance(7 * DAY + 1), ['-crm.children n1'])
  })

  test('an entry carries its list and its own values', () => {
    const stage = compact()
    stage.send(given.entry('e1', 100, 'l1', 'r1', { priority: given.text('High') }))
    const body = JSON.parse(stage.driver.last('crm.attachments').get('r1/entry/e1')?.body ?? '')
    assert.deepEqual([body.list, body.values], ['l1', { priority: [{ kind: 'text', text: 'High' }] }])
  })
})

describe('the directory', () => {
  test('knows members by name, objects by slug and attributes in order', () => {
    const stage = compact()
    assert.deepEqual(stage.send(given.member('m1', 100, 'Ann')), ['crm.children m1', 'crm.names w1/member/m1'])
    assert.equal(stage.driver.last('crm.names').get('w1/member/m1')?.name, 'Ann Lee')
    stage.send(
      given.object('o1', 100, [
        ['zeta', 'Zeta'],
        ['alpha', 'Alpha'],
      ]),
    )
    const name = stage.driver.last('crm.names').get('w1/object/o1')
    const card = JSON.parse(name?.card ?? '')
    assert.deepEqual(
      [name?.name, card.slug, card.attributes.map((one: { slug: string }) => one.slug)],
      ['Companies', 'companies', ['zeta', 'alpha']],
    )
  })

  test('R6: an attribute with another title changes the entry of its object; the same read again does not', () => {
    const stage = compact()
    stage.send(given.object('o1', 100, [['a', 'A']]))
    assert.deepEqual(stage.send(given.object('o1', 200, [['a', 'A']])), [])
    assert.deepEqual(stage.send(given.object('o1', 150, [['a', 'Old']])), [])
    assert.deepEqual(stage.send(given.object('o1', 300, [['a', 'B']])), ['crm.children o1', 'crm.names w1/object/o1'])
  })

  test('a deleted list is a deleted entry, then forgotten', () => {
    const stage = compact()
    assert.deepEqual(stage.send(given.gone('list', 'l1', stage.driver.now)), [
      'xcrm.children l1',
      'xcrm.names w1/list/l1',
    ])
    assert.deepEqual(stage.advance(7 * DAY + 1), ['-crm.children l1', '-crm.names w1/list/l1'])
  })
})
