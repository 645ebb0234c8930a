/** What every registry of generations must do, in sentences: run in memory and on a real Postgres. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Begin, Generations } from './registry.ts'

const begin: Begin = {
  key: { format: '1', schema: 'abc', model: 'm/3' },
  places: (number) => [`place-${number}`],
}
const nothing = async () => {}

/** `open` gives a registry of a sink that has no generation yet; two of the same name share what they know. */
export function registryConformance(name: string, open: () => Promise<readonly [Generations, Generations]>): void {
  describe(`${name} keeps generations`, () => {
    const states = async (generations: Generations) =>
      (await generations.all()).map(({ number, state }) => `${number} ${state}`)

    test('the first generation is live at once, whoever asks first', async () => {
      const both = await open()
      const lives = await Promise.all(both.map((one) => one.live(begin)))
      assert.deepEqual(
        lives.map(({ number, state, key, places }) => ({ number, state, key, places })),
        [1, 2].map(() => ({ number: 1, state: 'live', key: begin.key, places: ['place-1'] })),
      )
    })

    test('one at a time is under way, and the second is told which', async () => {
      const [one, other] = await open()
      await one.live(begin)
      const results = await Promise.allSettled([one.start(begin), other.start(begin)])
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      await assert.rejects(
        other.start(begin),
        /Generation 2 of .* is building since .*format 1, schema abc, model m\/3/,
      )
      assert.deepEqual(await states(one), ['2 building', '1 live'])
    })

    test('a step is taken from the state it starts at, once', async () => {
      const [one, other] = await open()
      await one.live(begin)
      await one.start(begin)
      await one.move(2, ['building'], 'caught up')
      await assert.rejects(
        other.move(2, ['building'], 'caught up'),
        /Generation 2 of .* is caught up and cannot become/,
      )
      await assert.rejects(other.move(9, ['building'], 'caught up'), /has no generation 9/)
    })

    test('readers are moved before the rows, the one before is retired, and doing it again does nothing', async () => {
      const [one, other] = await open()
      await one.live(begin)
      await one.start(begin)
      await assert.rejects(one.makeLive(2, nothing), /is building and cannot become live/)
      await one.move(2, ['building'], 'verified')
      let then: readonly string[] = []
      await one.makeLive(2, async () => {
        then = await states(other)
      })
      assert.deepEqual(
        [then, await states(other)],
        [
          ['2 verified', '1 live'],
          ['2 live', '1 retired'],
        ],
      )
    })

    test('a switch that failed half way is told, and can be done again', async () => {
      const [one, other] = await open()
      await one.live(begin)
      await one.start(begin)
      await one.move(2, ['building'], 'verified')
      await assert.rejects(
        one.makeLive(2, () => Promise.reject(new Error('the store is away'))),
        /the store is away/,
      )
      assert.equal((await other.all())[0]?.switching, true)
      await other.makeLive(2, nothing)
      assert.deepEqual(await states(one), ['2 live', '1 retired'])
      assert.equal((await one.all())[0]?.switching, false)
    })

    test('progress and the reason why one does not go on are told, and forgotten with the next step', async () => {
      const [one, other] = await open()
      await one.live(begin)
      await one.start(begin)
      await one.progress(2, { done: 5, total: 10, rate: 2.5 })
      await one.fail(2, 'No room.')
      const [second] = await other.all()
      assert.deepEqual([second?.done, second?.total, second?.rate, second?.reason], [5, 10, 2.5, 'No room.'])
      await one.move(2, ['building'], 'caught up')
      assert.equal((await other.all())[0]?.reason, '')
    })

    test('one process at a time holds the work, and the next may when it lets go', async () => {
      const [one, other] = await open()
      const held = await one.hold('build')
      assert.ok(held !== undefined)
      assert.equal(await other.hold('build'), undefined)
      await held.release()
      const next = await other.hold('build')
      assert.ok(next !== undefined)
      await next.release()
    })

    test('whoever watches is told of every step', async () => {
      const [one, other] = await open()
      await one.live(begin)
      let told = 0
      let step = Promise.withResolvers<void>()
      const watching = await other.watch(() => {
        told++
        step.resolve()
      })
      for (const act of [() => one.start(begin), () => one.move(2, ['building'], 'caught up')]) {
        step = Promise.withResolvers()
        await act()
        await step.promise
      }
      assert.ok(told >= 2)
      await watching.close()
    })
  })
}
