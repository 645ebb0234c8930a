/** What a store keeps of a document: chunks, metadata, every character, workspaces apart. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Metadata } from '@attio-stream/documents'
import type { ConformanceOptions } from './conformance.ts'
import { fresh, mark, type Store } from './conformance-store.ts'
import { givenDelete, givenDocument, givenPut } from './given.ts'
import type { Write } from './sink.ts'

/** Of every type, in the names the formatter gives custom attributes. */
const CUSTOM: Metadata = {
  custom_text_tier: ['gold', 'first line\nsecond line'],
  custom_number_seats: 250,
  custom_number_ratio: -0.125,
  custom_date_renewal: '2027-01-31',
  custom_date_last_seen: '2026-11-20T09:12:00.000Z',
  custom_flag_vip: true,
  custom_flag_churned: false,
}

export function contentFacts(store: Store, options: ConformanceOptions): void {
  const { accept, see, held } = store
  test('a document that shrank leaves no trace of its old chunks, one that grew has all of them', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 1 }, { lines: ['a', 'b', 'c', 'd'] }))
    await accept(givenPut({ ...at, version: 2 }, { lines: ['a'] }))
    const small = givenDocument(at, { lines: ['a'] })
    assert.deepEqual((await see(at.workspace, at.id))?.chunks, [small.chunks[0]?.text])
    await accept(givenPut({ ...at, version: 3 }, { lines: ['a', 'b', 'c'] }))
    assert.equal((await see(at.workspace, at.id))?.chunks.length, 3)
    assert.equal((await held(at.workspace)).length, 1)
  })

  test('attributes that went away are gone', async () => {
    const at = fresh()
    const { metadata } = givenDocument(at)
    await accept(givenPut({ ...at, version: 1 }, { metadata: { ...metadata, ...CUSTOM } }))
    await accept(givenPut({ ...at, version: 2 }, { metadata }))
    assert.deepEqual((await see(at.workspace, at.id))?.metadata, metadata)
  })

  test('a document that changes its readable id with its object replaces itself, and is deleted by its key', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 1 }, { id: `attio_project_${at.id}`, lines: ['a', 'b'] }))
    await accept(givenPut({ ...at, version: 2 }, { id: `attio_initiative_${at.id}` }))
    assert.equal((await see(at.workspace, at.id))?.id, `attio_initiative_${at.id}`)
    assert.equal((await see(at.workspace, at.id))?.chunks.length, 1)
    assert.equal((await held(at.workspace)).length, 1)
    await accept(givenDelete({ ...at, version: 3 }))
    assert.deepEqual(await held(at.workspace), [mark(at, 3)])
  })

  test('custom metadata of every type comes back with its type', async () => {
    const at = fresh()
    const metadata = { ...givenDocument(at).metadata, ...CUSTOM }
    await accept(givenPut({ ...at, version: 1 }, { metadata }))
    assert.deepEqual((await see(at.workspace, at.id))?.metadata, metadata)
  })

  test('a text value of any length is taken', async () => {
    const at = fresh()
    const long = 'é'.repeat(40_000)
    const metadata = { ...givenDocument(at).metadata, custom_text_essay: [long] }
    await accept(givenPut({ ...at, version: 1 }, { metadata, title: `Company: ${'N'.repeat(2000)}` }))
    assert.ok(await see(at.workspace, at.id))
  })

  test('every script, emoji and direction comes back as it was', async () => {
    const at = fresh()
    const title = 'Company: 東京株式会社 👩‍👩‍👧‍👦 שלום עולם e\u0301 \u202Eمرحبا\u202C'
    await accept(
      givenPut({ ...at, version: 1 }, { title, lines: ['“quotes” \\ back\tslash\r\n\u2028 {"json": null}'] }),
    )
    const seen = await see(at.workspace, at.id)
    assert.equal(seen?.title, title)
    assert.deepEqual(seen?.chunks, [`${title}\n\n“quotes” \\ back\tslash\r\n\u2028 {"json": null}`])
  })

  test('characters that no store can keep do not refuse the document', async () => {
    const at = fresh()
    const metadata = { ...givenDocument(at).metadata, custom_text_odd: ['a\u0000b', 'half \ud83d pair'] }
    const put = givenPut({ ...at, version: 1 }, { title: 'Company: nul\u0000 \udc00', lines: ['\u0000'], metadata })
    await accept(put)
    assert.match((await see(at.workspace, at.id))?.title ?? '', /^Company: nul/)
    assert.equal((await held(at.workspace))[0]?.hash, put.hash)
  })

  test('two workspaces do not see each other', async () => {
    const here = fresh()
    const there = fresh()
    await accept(givenPut({ ...here, version: 1 }), givenPut({ ...there, version: 1 }))
    assert.equal(await see(there.workspace, here.id), undefined)
    await accept(givenDelete({ ...there, version: 2 }))
    assert.ok(await see(here.workspace, here.id))
    assert.equal((await held(here.workspace)).length, 1)
  })

  test('a large mixed batch is written whole', async () => {
    const workspace = randomUUID()
    const writes = Array.from({ length: options.large ?? 2000 }, (_, version): Write => {
      const at = { id: randomUUID(), workspace, version, partition: version % 4 }
      return version % 10 === 0 ? givenDelete(at) : givenPut(at, { lines: ['lorem ipsum '.repeat(80), 'dolor'] })
    })
    await accept(...writes)
    const holdings = new Map((await held(workspace)).map((holding) => [holding.id, holding]))
    assert.equal(holdings.size, writes.length)
    for (const { id, version, ...rest } of writes) {
      const hash = rest.kind === 'put' ? rest.hash : ''
      assert.deepEqual(holdings.get(id), { id, workspace, version, hash, deleted: rest.kind === 'delete' })
    }
  })

  test('opening again changes nothing', async () => {
    const at = fresh()
    await accept(givenPut({ ...at, version: 1 }))
    await store.sink().open(store.forever)
    assert.ok(await see(at.workspace, at.id))
  })

  test('an empty batch is nothing', async () => await accept())
}
