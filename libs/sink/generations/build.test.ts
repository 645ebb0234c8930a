import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alive, dead, until } from '../given-run.ts'
import type { Verdict } from './check.ts'
import { key, type Site, site } from './given-build.ts'
import { drop, rebuild, rollback } from './rebuild.ts'

const states = async ({ generations }: Site) =>
  Object.fromEntries((await generations.all()).map(({ number, state }) => [number, state]))
/** Ten documents, two of them dead, written by generation 1. */
async function filled(s: Site): Promise<void> {
  for (let n = 0; n < 12; n++) await s.send(`a${n}`, alive(`a${n}`, `A${n}`))
  for (const id of ['a3', 'a4']) await s.send(id, dead(id))
  s.sink()
  await until('generation 1 is filled', async () => (await s.committed(1)) === 14)
}

test('a rebuild fills a new generation beside the live one, shows it, and retires the other', async (t) => {
  const s = site(t)
  await filled(s)
  assert.equal((await s.titles()).a0, 'A0')
  const seen: string[] = []
  const live = await rebuild(s.asked({ prefix: 'new ', onProgress: ({ state }) => seen.push(state) }))
  assert.deepEqual([live.number, live.key, s.store.shown], [2, key('new '), 2])
  assert.deepEqual(await states(s), { 1: 'retired', 2: 'live' })
  const titles = await s.titles()
  assert.equal(Object.keys(titles).length, 10)
  assert.ok(Object.values(titles).every((title) => title.startsWith('new ')))
})

test('after the switch the sink writes the new generation, and no longer the old one', async (t) => {
  const s = site(t)
  await filled(s)
  await rebuild(s.asked())
  await s.send('a0', alive('a0', 'edited'))
  await until('readers see it', async () => (await s.titles()).a0 === 'edited')
  assert.equal((await s.titles(1)).a0, 'A0')
})

test('edits, deaths and births while it is built are in both generations', async (t) => {
  const s = site(t)
  await filled(s)
  let edits = 0
  const onProgress = () => void (edits++ === 0 && edit())
  const edit = async () => {
    await s.send('a0', alive('a0', 'edited'))
    await s.send('a1', dead('a1'))
    await s.send('b1', alive('b1', 'B1'))
  }
  await rebuild(s.asked({ onProgress }))
  await until('readers see all of it', async () => {
    const titles = await s.titles()
    return titles.a0 === 'edited' && titles.a1 === undefined && titles.b1 === 'B1'
  })
  assert.equal((await s.titles(1)).a0, 'edited')
})

test('a generation that does not hold what it should never becomes live, and says which documents differ', async (t) => {
  const lost = new Set(['a5'])
  const s = site(t, (generation) =>
    generation === 1
      ? {}
      : {
          after: () => {
            for (const id of lost) s.store.of(2).lose(id)
          },
        },
  )
  await filled(s)
  await assert.rejects(rebuild(s.asked()), /does not hold what it should.*missing attio_company_a5 \(workspace w1\)/)
  assert.deepEqual([s.store.shown, await states(s)], [1, { 1: 'live', 2: 'caught up' }])
  assert.match((await s.generations.all())[0]?.reason ?? '', /missing attio_company_a5/)
})

test('a generation whose searches do not find never becomes live', async (t) => {
  const s = site(t)
  await filled(s)
  for (const id of Object.keys(await s.titles())) s.store.hidden.add(id)
  await assert.rejects(rebuild(s.asked()), /not found by a search/)
  assert.equal(s.store.shown, 1)
})

test('what the store will never take is a dead letter, and does not keep a generation from becoming live', async (t) => {
  const s = site(t, () => ({ refuse: ({ id }) => (id === 'a7' ? 'Too large.' : undefined) }))
  await filled(s)
  let buried = -1
  const onCheck = (verdict: Verdict) => {
    buried = verdict.buried
  }
  await rebuild(s.asked({ onCheck }))
  assert.deepEqual([s.store.shown, buried], [2, 1])
})

test('a build that was stopped goes on where it was', async (t) => {
  const s = site(t)
  await filled(s)
  const stop = new AbortController()
  let writes = 0
  const before = s.store.of(2)
  const write = before.write.bind(before)
  before.write = async (batch, signal) => {
    if (++writes === 2) stop.abort(new Error('stopped'))
    return write(batch, signal)
  }
  await assert.rejects(rebuild(s.asked({ signal: stop.signal, limits: { documents: 3, lingerMs: 0 } })))
  assert.deepEqual(await states(s), { 1: 'live', 2: 'building' })
  const done = await s.committed(2)
  assert.ok(done > 0, 'something was committed')
  const how: string[] = []
  await rebuild(s.asked({ onBegin: (_, is) => how.push(is) }))
  assert.deepEqual([how, s.store.shown], [['resumed'], 2])
  const written = before.calls.flat().map(({ id, version }) => `${id} ${version}`)
  assert.ok(written.length - new Set(written).size <= 3, 'at most the batch in hand was written twice')
})

test('a store that fails while a generation is built leaves the live one running', async (t) => {
  const s = site(t, (generation) => (generation === 1 ? {} : { before: () => Promise.reject(new Error('disk full')) }))
  await filled(s)
  await assert.rejects(rebuild(s.asked()), /disk full/)
  await s.send('a0', alive('a0', 'edited'))
  await until('live goes on', async () => (await s.titles(1)).a0 === 'edited')
  assert.match((await s.generations.all())[0]?.reason ?? '', /disk full/)
})

test('a rollback catches the retired generation up before readers are moved to it', async (t) => {
  const s = site(t)
  await filled(s)
  await rebuild(s.asked())
  await s.send('a0', alive('a0', 'edited'))
  await until('readers see it', async () => (await s.titles()).a0 === 'edited')
  let shownThen = ''
  s.store.showing = async () => {
    shownThen = (await s.titles(1)).a0 ?? ''
  }
  await rollback(s.asked())
  assert.deepEqual([s.store.shown, shownThen], [1, 'edited'])
  assert.deepEqual(await states(s), { 1: 'live', 2: 'retired' })
  await rollback(s.asked())
  assert.equal(s.store.shown, 2)
})

test('a rollback to what another version built judges ids and versions, not what that version wrote', async (t) => {
  const s = site(t)
  await filled(s)
  await rebuild(s.asked({ prefix: 'new ' }))
  await rollback(s.asked({ prefix: 'new ' }))
  assert.deepEqual([s.store.shown, (await s.titles()).a0], [1, 'A0'])
})

test('there is nothing to go back to before a rebuild, and nothing after it was dropped', async (t) => {
  const s = site(t)
  await filled(s)
  await assert.rejects(rollback(s.asked()), /no retired generation to go back to/)
  await rebuild(s.asked())
  assert.deepEqual(await drop(s.generations, s.asked()), [1])
  assert.equal(s.store.has(1), false)
  await assert.rejects(rollback(s.asked()), /no retired generation/)
})
