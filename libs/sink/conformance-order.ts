/** Which write wins: versions, deletes, forgets. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { ConformanceOptions } from './conformance.ts'
import { fresh, mark, type Store } from './conformance-store.ts'
import { givenDelete, givenForget, givenPut } from './given.ts'

export function orderFacts(store: Store, options: Pick<ConformanceOptions, 'forgetting'>): void {
  const { accept, see, held } = store
  test('what was put is read back whole', async () => {
    const at = fresh()
    const put = givenPut({ ...at, version: 7 }, { lines: ['One.', 'Two.'] })
    await accept(put)
    assert.deepEqual(await see(at.workspace, at.id), {
      id: put.document.id,
      title: put.document.title,
      chunks: put.document.chunks.map((chunk) => chunk.text),
      metadata: put.document.metadata,
    })
    assert.deepEqual(await held(at.workspace), [{ ...at, version: 7, hash: put.hash, deleted: false }])
  })

  test('what it holds of one record is found without the others', async () => {
    const at = fresh()
    const other = { id: randomUUID(), workspace: at.workspace }
    const put = givenPut({ ...at, version: 7 }, { lines: ['One.', 'Two.'] })
    await accept(put, givenDelete({ ...other, version: 8 }))
    await store.sink().refresh()
    const only = async (address: typeof at) =>
      (await Array.fromAsync(store.sink().scan(address))).map((one) => ({ ...one }))
    assert.deepEqual(await only(at), [{ ...at, version: 7, hash: put.hash, deleted: false }])
    assert.deepEqual(await only(other), [mark(other, 8)])
    assert.deepEqual(await only({ ...at, id: randomUUID() }), [])
    assert.deepEqual(await only(fresh()), [])
  })

  test('twice is once', async () => {
    const alive = fresh()
    const dead = { id: randomUUID(), workspace: alive.workspace }
    const writes = [givenPut({ ...alive, version: 7 }), givenDelete({ ...dead, version: 8 })]
    await accept(...writes)
    const once = [await held(alive.workspace), await see(alive.workspace, alive.id)]
    await accept(...writes)
    assert.deepEqual([await held(alive.workspace), await see(alive.workspace, alive.id)], once)
  })

  test('version 0 is a version', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 0 }))
    assert.equal((await held(at.workspace))[0]?.version, 0)
  })

  test('an older put does nothing', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }, { title: 'Company: New' }))
    await accept(givenPut({ ...at, version: 6 }, { title: 'Company: Old', lines: ['a', 'b', 'c'] }))
    assert.equal((await see(at.workspace, at.id))?.title, 'Company: New')
    assert.equal((await see(at.workspace, at.id))?.chunks.length, 1)
    assert.equal((await held(at.workspace))[0]?.version, 7)
  })

  test('an older delete does nothing', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }))
    await accept(givenDelete({ ...at, version: 6 }))
    assert.ok(await see(at.workspace, at.id))
  })

  test('a deleted document is not seen and leaves a mark with its version', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }, { lines: ['a', 'b'] }))
    await accept(givenDelete({ ...at, version: 8 }))
    assert.equal(await see(at.workspace, at.id), undefined)
    assert.deepEqual(await held(at.workspace), [mark(at, 8)])
  })

  test('an older put does not raise the dead', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }))
    await accept(givenDelete({ ...at, version: 9 }))
    await accept(givenPut({ ...at, version: 8 }))
    assert.equal(await see(at.workspace, at.id), undefined)
    assert.deepEqual(await held(at.workspace), [mark(at, 9)])
  })

  if (options.forgetting !== undefined)
    test('nor when the store has forgotten what it forgets of the dead', async () => {
      const at = fresh()
      await accept(givenPut({ ...at, version: 7 }))
      await accept(givenDelete({ ...at, version: 9 }))
      await options.forgetting?.(store.sink())
      await accept(givenPut({ ...at, version: 8 }))
      assert.equal(await see(at.workspace, at.id), undefined)
      assert.deepEqual(await held(at.workspace), [mark(at, 9)])
    })

  test('calls at the same time are all kept', async () => {
    const { workspace } = fresh()
    const calls = Array.from({ length: 4 }, (_, partition) =>
      Array.from({ length: 25 }, () => givenPut({ id: randomUUID(), workspace, version: 1, partition })),
    )
    await Promise.all(calls.map((writes) => accept(...writes)))
    assert.equal((await held(workspace)).length, 100)
  })

  test('a delete of what was never stored still blocks older puts', async () => {
    const at = fresh()
    await accept(givenDelete({ ...at, version: 9 }))
    await accept(givenPut({ ...at, version: 8 }))
    assert.equal(await see(at.workspace, at.id), undefined)
    assert.deepEqual(await held(at.workspace), [mark(at, 9)])
  })

  test('a newer put brings a deleted document back', async () => {
    const at = fresh()
    await accept(givenDelete({ ...at, version: 9 }))
    const put = givenPut({ ...at, version: 10 })
    await accept(put)
    assert.equal((await see(at.workspace, at.id))?.title, put.document.title)
    assert.deepEqual(await held(at.workspace), [{ ...at, version: 10, hash: put.hash, deleted: false }])
  })

  test('a forget removes the mark', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }))
    await accept(givenDelete({ ...at, version: 8 }))
    await accept(givenForget({ ...at, version: 9 }))
    assert.deepEqual(await held(at.workspace), [])
  })

  test('a forget removes a document whose delete was compacted away', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 7 }, { lines: ['a', 'b'] }))
    await accept(givenForget({ ...at, version: 9 }))
    assert.equal(await see(at.workspace, at.id), undefined)
    assert.deepEqual(await held(at.workspace), [])
  })

  test('a forget never removes what is newer, alive or marked', async () => {
    const alive = fresh()
    const dead = { id: randomUUID(), workspace: alive.workspace }
    await accept(givenPut({ ...alive, version: 10 }), givenDelete({ ...dead, version: 10 }))
    await accept(givenForget({ ...alive, version: 9 }), givenForget({ ...dead, version: 9 }))
    assert.ok(await see(alive.workspace, alive.id))
    assert.equal((await held(alive.workspace)).length, 2)
  })

  test('a forget of what was never stored is nothing', async () => {
    const at = fresh()
    await accept(givenForget({ ...at, version: 9 }))
    assert.deepEqual(await held(at.workspace), [])
  })
}
