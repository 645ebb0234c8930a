/**
 * What every store must do, in sentences: the suite each sink runs against its real store or its emulator. A new adapter
 * begins here. Each fact uses workspaces and ids of its own, so the store need not be empty.
 */
import { after, before, describe } from 'node:test'
import type { Document, Metadata } from '@attio-stream/documents'
import { contentFacts } from './conformance-content.ts'
import { failureFacts } from './conformance-failure.ts'
import { orderFacts } from './conformance-order.ts'
import { storeOf } from './conformance-store.ts'
import type { Sink, Write } from './sink.ts'

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

/** What cannot be arranged at a store may be left out: then that fact is not claimed, and not among the tests. */
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
  /** Makes the store forget what it forgets by itself of what was deleted (a vacuum, a restart); leave out when it never does. */
  readonly forgetting?: (sink: Sink) => Promise<unknown>
  /** Writes while the store does not answer: rejects with StoreError after the time that settings allow. */
  readonly unanswered?: (writes: readonly Write[]) => Promise<unknown>
  /** Opens a store whose shape was changed by somebody else: rejects, and a retry would not help. */
  readonly drifted?: () => Promise<unknown>
  /** How many documents the large batch has. Default 2 000. */
  readonly large?: number
}

/** Registers the suite with node:test. */
export function sinkConformance(name: string, options: ConformanceOptions): void {
  describe(`${name} keeps the promises of a sink`, () => {
    let sink: Sink | undefined
    before(async () => {
      sink = await options.open()
    })
    after(async () => {
      await sink?.close()
      await options.close?.()
    })
    const store = storeOf(() => sink as Sink, options)
    orderFacts(store, options)
    contentFacts(store, options)
    failureFacts(store, options)
  })
}
