/** What fails harms nothing else. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Document } from '@attio-stream/documents'
import type { ConformanceOptions } from './conformance.ts'
import { fresh, type Store } from './conformance-store.ts'
import { givenDocument, givenPut } from './given.ts'
import { StoreError, type Write } from './sink.ts'

export function failureFacts(store: Store, options: ConformanceOptions): void {
  const { write, accept, see, held } = store
  if (options.refusable !== undefined)
    test('neighbours of a refused document are unharmed, and a later version of it is taken', async () => {
      const bad = fresh()
      const good = Array.from({ length: 9 }, () => ({ id: randomUUID(), workspace: bad.workspace }))
      const refused = options.refusable?.(givenDocument(bad, { lines: ['secret words'] })) as Document
      const poison: Write = { kind: 'put', ...bad, version: 1, partition: 0, document: refused, hash: 'x' }
      const writes = good.map((at) => givenPut({ ...at, version: 1 }))
      const refusals = await write(...writes.slice(0, 4), poison, ...writes.slice(4))
      assert.deepEqual(
        refusals.map((refusal) => refusal.write),
        [poison],
      )
      assert.doesNotMatch(refusals[0]?.reason ?? '', /secret words/)
      assert.match(refusals[0]?.reason ?? '', /\w+ \w+/)
      assert.equal((await held(bad.workspace)).length, good.length)
      await accept(givenPut({ ...bad, version: 2 }))
      assert.ok(await see(bad.workspace, bad.id))
    })

  if (options.losingTheAnswer !== undefined)
    test('a write whose answer was lost and which is repeated is there once', async () => {
      const at = fresh()
      const writes = [givenPut({ ...at, version: 3 }, { lines: ['a', 'b'] })]
      await assert.rejects(async () => await options.losingTheAnswer?.(store.sink(), writes), StoreError)
      await accept(...writes)
      assert.equal((await held(at.workspace)).length, 1)
      assert.equal((await see(at.workspace, at.id))?.chunks.length, 2)
    })

  if (options.unanswered !== undefined)
    test('a store that does not answer is given up after a time, to be tried again', async () => {
      const at = fresh()
      const writes = [givenPut({ ...at, version: 1 })]
      await assert.rejects(async () => await options.unanswered?.(writes), StoreError)
      await accept(...writes)
      assert.equal((await held(at.workspace)).length, 1)
    })

  if (options.drifted !== undefined)
    test('a store of another shape is refused in a sentence', async () => {
      await assert.rejects(
        async () => await options.drifted?.(),
        (error: Error) => !(error instanceof StoreError) && /\w+ \w+ \w+/.test(error.message),
      )
    })

  test('an aborted write rejects and harms nothing', async () => {
    const at = fresh()
    await assert.rejects(
      store.sink().write([givenPut({ ...at, version: 1 })], AbortSignal.abort(new Error('stopping'))),
    )
    await accept(givenPut({ ...at, version: 1 }))
    assert.equal((await held(at.workspace)).length, 1)
  })
}
