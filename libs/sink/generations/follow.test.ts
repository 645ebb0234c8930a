import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alive, until } from '../given-run.ts'
import { key, site } from './given-build.ts'
import { rebuild } from './rebuild.ts'

test('a new sink writes generation 1, live from its first document', async (t) => {
  const s = site(t)
  await s.send('a0', alive('a0', 'A0'))
  s.sink()
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
  const [only] = await s.generations.all()
  assert.deepEqual([only?.number, only?.state, only?.key], [1, 'live', key()])
})

test('a sink of another version than the one that built the live generation says so and which command rebuilds it', async (t) => {
  const s = site(t)
  s.sink()
  await until('it runs', async () => (await s.generations.all()).length === 1)
  const newer = s.sink({ key: key('2') })
  await until('it runs', () => newer.health().state === 'green')
  assert.match(newer.health().reason, /built by format 1, .*this is format 2.*npm run rebuild -- --sink memory/)
})

test('where it is wished, a sink of another version builds a new generation at its start', async (t) => {
  const s = site(t)
  await s.send('a0', alive('a0', 'A0'))
  const old = s.sink()
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
  await old.stop()
  const asked = s.asked({ prefix: 'new ' })
  s.sink({
    key: asked.key,
    format: asked.format,
    rebuild: async (_, signal) => void (await rebuild({ ...asked, signal })),
  })
  await until('readers see it', async () => (await s.titles()).a0 === 'new A0')
  assert.equal(s.store.shown, 2)
})

test('a live index of another shape makes the sink red, not ended, until a generation of this version is live', async (t) => {
  const s = site(t, (generation) =>
    generation === 1 ? { opening: () => Promise.reject(new Error('another shape')) } : {},
  )
  await s.generations.live({ key: key('0'), places: () => [] })
  await s.send('a0', alive('a0', 'A0'))
  const app = s.sink()
  await until('it is red', () => app.health().state === 'red')
  await rebuild(s.asked())
  await until('it is green', () => app.health().state === 'green')
  assert.deepEqual(await s.titles(), { a0: 'A0' })
})

test('a switch whose process died after readers were moved is finished by the sink', async (t) => {
  const s = site(t)
  await s.send('a0', alive('a0', 'A0'))
  s.sink()
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
  const started = await s.generations.start({ key: key(), places: () => [] })
  await s.generations.move(started.number, ['building'], 'verified')
  await assert.rejects(s.generations.makeLive(2, () => Promise.reject(new Error('killed'))))
  await until('it is live', async () => (await s.generations.all())[0]?.state === 'live')
  assert.equal(s.store.shown, 2)
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
})

test('a retired generation is dropped after its time, and not before', async (t) => {
  const s = site(t)
  await s.send('a0', alive('a0', 'A0'))
  const patient = s.sink()
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
  await rebuild(s.asked())
  assert.deepEqual([(await s.generations.all())[1]?.state, s.store.has(1)], ['retired', true])
  await patient.stop()
  s.sink({ keepMs: 0 })
  await until('it is gone', async () => (await s.generations.all())[1]?.droppedAt !== null)
  assert.equal(s.store.has(1), false)
})

test('metrics go on under the same names from one generation to the next', async (t) => {
  const s = site(t)
  const { Registry } = await import('prom-client')
  const metrics = new Registry()
  await s.send('a0', alive('a0', 'A0'))
  s.sink({ metrics })
  await until('it is written', async () => (await s.titles()).a0 === 'A0')
  await rebuild(s.asked())
  await s.send('a1', alive('a1', 'A1'))
  await until('it is written', async () => (await s.titles()).a1 === 'A1')
  const page = await metrics.metrics()
  assert.match(page, /sink_writes_total{kind="put"} 1/)
  assert.match(page, /sink_generation 2\n/)
  assert.match(page, /sink_generation_outdated 0/)
})
