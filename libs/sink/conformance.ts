/**
 * What every store must do, in sentences: the suite each sink runs against its real store or its emulator. A new adapter
 * begins here. Each fact uses workspaces and ids of its own, so the store need not be empty.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Document, Metadata } from '@attio-stream/documents'
import { givenDelete, givenDocument, givenForget, givenPut } from './given.ts'
import { type Holding, type Sink, StoreError, type Write } from './sink.ts'

/** What a reader gets who asks the store the way readers do, marks hidden. */
export interface Seen {
  /** The document's readable id. */
  readonly id: string
  readonly title: string
  /** The chunks' texts by ordinal. */
  readonly chunks: readonly string[]
  /** As in the document: same names, same types. */
  readonly metadata: Metadata
}

export interface ConformanceOptions {
  /** Starts or reaches the store and gives its sink, opened. */
  readonly open: () => Promise<Sink>
  /** Stops what `open` started, after the sink was closed. */
  readonly close?: () => Promise<void>
  /** Reads as a reader does; `id` is the record id. Called after `refresh`. */
  readonly see: (sink: Sink, workspace: string, id: string) => Promise<Seen | undefined>
  /** Changes a document so that the store refuses it for ever; leave out when it refuses nothing. */
  readonly refusable?: (document: Document) => Document
  /** Performs the writes for real and loses the answer: rejects with StoreError. Leave out when it cannot be arranged. */
  readonly losingTheAnswer?: (sink: Sink, writes: readonly Write[]) => Promise<unknown>
  /** How many documents the large batch has. Default 2 000. */
  readonly large?: number
}

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

/** Registers the suite with node:test. */
export function sinkConformance(name: string, options: ConformanceOptions): void {
  describe(`${name} keeps the promises of a sink`, () => {
    let sink: Sink
    before(async () => {
      sink = await options.open()
    })
    after(async () => {
      await sink?.close()
      await options.close?.()
    })
    const forever = new AbortController().signal
    const write = (...writes: readonly Write[]) => sink.write(writes, forever)
    const accept = async (...writes: readonly Write[]) => assert.deepEqual(await write(...writes), [])
    const see = async (workspace: string, id: string) => {
      await sink.refresh()
      return await options.see(sink, workspace, id)
    }
    const held = async (workspace: string): Promise<readonly Holding[]> => {
      await sink.refresh()
      const found: Holding[] = []
      for await (const holding of sink.scan()) if (holding.workspace === workspace) found.push({ ...holding })
      return found.sort((a, b) => (a.id < b.id ? -1 : 1))
    }
    const fresh = () => ({ id: randomUUID(), workspace: randomUUID() })
    const mark = (at: { id: string; workspace: string }, version: number): Holding => ({
      id: at.id,
      workspace: at.workspace,
      version,
      hash: '',
      deleted: true,
    })

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
      await sink.open(forever)
      assert.ok(await see(at.workspace, at.id))
    })

    test('an empty batch is nothing', async () => await accept())

    const refusing = options.refusable === undefined ? { skip: 'this store refuses nothing' } : {}
    test('neighbours of a refused document are unharmed, and a later version of it is taken', refusing, async () => {
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

    const losing = options.losingTheAnswer === undefined ? { skip: 'an answer cannot be lost here' } : {}
    test('a write whose answer was lost and which is repeated is there once', losing, async () => {
      const at = fresh()
      const writes = [givenPut({ ...at, version: 3 }, { lines: ['a', 'b'] })]
      await assert.rejects(async () => await options.losingTheAnswer?.(sink, writes), StoreError)
      await accept(...writes)
      assert.equal((await held(at.workspace)).length, 1)
      assert.equal((await see(at.workspace, at.id))?.chunks.length, 2)
    })

    test('an aborted write rejects and harms nothing', async () => {
      const at = fresh()
      await assert.rejects(sink.write([givenPut({ ...at, version: 1 })], AbortSignal.abort(new Error('stopping'))))
      await accept(givenPut({ ...at, version: 1 }))
      assert.equal((await held(at.workspace)).length, 1)
    })
  })
}
