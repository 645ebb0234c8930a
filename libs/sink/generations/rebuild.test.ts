import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alive, until } from '../given-run.ts'
import { MemorySink } from '../memory-sink.ts'
import { site } from './given-build.ts'
import { cancel, rebuild } from './rebuild.ts'

/** A build that is under way until it is let go. */
function slow(t: Parameters<typeof site>[0]) {
  const go = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const s = site(t, (generation) =>
    generation === 1
      ? {}
      : {
          before: async () => {
            begun.resolve()
            await go.promise
          },
        },
  )
  return { s, go: go.resolve, begun: begun.promise }
}
async function filled(s: ReturnType<typeof site>): Promise<void> {
  await s.send('a0', alive('a0', 'A0'))
  s.sink()
  await until('generation 1 is filled', async () => (await s.committed(1)) === 1)
}

test('of two rebuilds at once the second is refused with the name of the first', async (t) => {
  const { s, go, begun } = slow(t)
  await filled(s)
  const first = rebuild(s.asked())
  await begun
  await assert.rejects(rebuild(s.asked()), /^GenerationError: Generation 2 of memory is building since .* \(format 1/)
  go()
  assert.equal((await first).number, 2)
})

test('a generation begun by another version is not gone on with by this one', async (t) => {
  const { s, go, begun } = slow(t)
  await filled(s)
  const stop = new AbortController()
  const first = rebuild(s.asked({ signal: stop.signal }))
  await begun
  stop.abort(new Error('stopped'))
  go()
  await assert.rejects(first)
  await assert.rejects(rebuild(s.asked({ prefix: 'new ' })), /Generation 2 of memory is building/)
})

test('cancelling ends the build, and nothing of the generation is left', async (t) => {
  const { s, go, begun } = slow(t)
  await filled(s)
  const building = rebuild(s.asked())
  building.catch(() => {})
  await begun
  const cancelled = cancel(s.generations, s.asked())
  go()
  assert.equal((await cancelled).number, 2)
  await assert.rejects(building, /was cancelled/)
  assert.equal(s.store.has(2), false)
  const [second] = await s.generations.all()
  assert.deepEqual([second?.state, second?.droppedAt !== null], ['dropped', true])
  assert.equal((await rebuild(s.asked())).number, 3, 'numbers are never used again')
})

test('without a sink there is nothing to rebuild', async (t) => {
  const s = site(t)
  await assert.rejects(rebuild(s.asked()), /has no generation yet: start the sink/)
  assert.ok(s.store.of(1) instanceof MemorySink)
})
