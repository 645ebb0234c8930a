/**
 * Faults that somebody could make, each in one place: schedules must find every one of them. `find` is exactly what is written in
 * the file; when that line changes, change it here. What no schedule can find is no fault of the pipeline, or a gap here.
 */
import type { Planted } from './plant.ts'

export interface Mutant extends Planted {
  readonly name: string
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the trailing read is dropped',
    file: 'apps/hydrate/agenda.ts',
    find: '...options }\n',
    replace: '...options, trailing: 0 }\n',
  },
  {
    name: "the webhook's clock is believed",
    file: 'apps/hydrate/agenda.ts',
    find: 'at: Math.min(notice.received_at + this.#options.apart, now)',
    replace: 'at: Math.min(notice.received_at, now)',
  },
  {
    name: 'notices are committed before they are read',
    file: 'apps/hydrate/intake.ts',
    find: 'hydrator.add(notice, place)',
    replace: 'hydrator.add(notice, place); this.settled([place])',
  },
  {
    name: 'offsets are committed before the messages they stand for',
    file: 'libs/stream/tenure.ts',
    find: 'const written = await (this.#over as Takeover).writer.commit({ messages, group: stage.name, offsets })',
    replace:
      'const { writer } = this.#over as Takeover; await writer.commit({ messages: [], group: stage.name, offsets }); const written = await writer.commit({ messages, group: stage.name, offsets: [] })',
  },
  {
    name: 'of two reads sent at once the later to arrive wins',
    file: 'libs/crm/fold.ts',
    find: "return fence > state.fence ? undefined : 'stale'",
    replace: "return fence >= state.fence ? undefined : 'stale'",
  },
  {
    name: 'whatever arrives last wins',
    file: 'libs/crm/fold.ts',
    find: "return fence > state.fence ? undefined : 'stale'",
    replace: 'return undefined',
  },
  {
    name: 'a death beats only reads sent before it',
    file: 'libs/crm/fold.ts',
    find: 'fence > state.fence + rules.lateReadMs ?',
    replace: 'fence > state.fence ?',
  },
  {
    name: 'fences are the time an answer came, not the time it was asked for',
    file: 'libs/attio/client.ts',
    find: 'return { status, text, json, fence: this.clock.fence(sent), score }',
    replace: 'return { status, text, json, fence: this.clock.fence(this.clock.now()), score }',
  },
  {
    name: 'fences are in the clock of the machine',
    file: 'libs/attio/clock.ts',
    find: 'return Math.round(sent + this.#offset)',
    replace: 'return Math.round(sent)',
  },
  {
    name: 'a child that moves stays in the document it left',
    file: 'apps/compact/child.ts',
    find: '      ...left.map((parent) => detached(parent, change)),\n',
    replace: '',
  },
  {
    name: 'a deleted child stays in its documents',
    file: 'apps/compact/child.ts',
    find: 'const left = (held?.parents ?? []).map((parent) => detached(parent, change))',
    replace: 'const left: ReturnType<typeof detached>[] = []',
  },
  {
    name: 'the index on disk keeps the terms of what it forgot',
    file: 'libs/stream/table-terms.ts',
    find: 'for (const term of old) if (!now.delete(term)) this.#gone.push(indexKey(term, key))',
    replace: 'for (const term of old) now.delete(term)',
  },
  {
    name: 'an input table that has all that is committed is not brought to the end of its topic',
    file: 'libs/stream/takeover.ts',
    find: 'Math.max(committed.get(topic) ?? 0, ends.get(topic) ?? 0))',
    replace:
      '((own, last) => (own < last ? Math.max(last, ends.get(topic) ?? 0) : own))(positions[name(topic)] ?? -1, committed.get(topic) ?? 0))',
  },
  {
    name: 'what a table lacks while it is filled behind live work is taken for forgotten',
    file: 'apps/enrich/emit.ts',
    find: 'emitted === undefined || !tables.records.complete ?',
    replace: 'emitted === undefined ?',
  },
  {
    name: 'a table filled behind live work takes what is older than what it shows',
    file: 'libs/stream/table.ts',
    find: 'if (this.#removed !== undefined && this.#isOutdated(key, offset)) return',
    replace: '',
  },
  {
    name: 'a table filled behind live work is not followed by a look at everything',
    file: 'libs/stream/tenure.ts',
    find: 'this.task.recheck?.()',
    replace: '',
  },
  {
    name: 'a table half filled behind live work is believed after a restart',
    file: 'libs/stream/takeover.ts',
    find: 'if (filling) return false',
    replace: '',
  },
  {
    name: 'what an aborted transaction put into a table stays there',
    file: 'libs/stream/table-store.ts',
    find: 'for (const table of this.tables.values()) table.abort()',
    replace: '',
  },
  {
    name: 'pages by offset do not overlap',
    file: 'libs/attio/offset.ts',
    find: 'return { position, trail, floor: START }',
    replace:
      'return { position: { after: null, offset: from.offset + length }, trail: [] as typeof trail, floor: START }',
  },
  {
    name: 'pages by time begin behind the last time',
    file: 'libs/attio/walk.ts',
    find: '{ filter: { created_at: { $gte: after } } }',
    replace: '{ filter: { created_at: { $gt: after } } }',
  },
  {
    name: 'a walk is done after its first page',
    file: 'libs/attio/walk.ts',
    find: 'const last = data.rows.length + data.rejected.length < paging.limit',
    replace: 'const last = true',
  },
  {
    name: 'a cursor is kept before its page is with the brokers',
    file: 'apps/backfill/walker.ts',
    find: '  for (const request of requests([',
    replace:
      '  await walks.advance(walk, { cursor: page.cursor, rows: 0, rejected: 0 })\n  for (const request of requests([',
  },
  {
    name: 'a compact that lost its disk does not read its input again',
    file: 'apps/compact/stage.ts',
    find: 'rereadMs: options.rereadMs ?? 10 * MINUTE,',
    replace: 'rereadMs: 0,',
  },
  {
    name: 'a 404 is a death, whether or not its object is in sight',
    file: 'libs/attio/thing.ts',
    find: "if (isAttioError(error, 'not-found', 'object-disabled')) return { kind: 'out of sight' }",
    replace: "if (isAttioError(error, 'not-found', 'object-disabled')) return { kind: 'gone' }",
  },
  {
    name: 'a 404 of something in between is a death',
    file: 'libs/attio/error.ts',
    find: "if (code === undefined) return 'unavailable'",
    replace: "if (code === undefined) return status === 404 ? 'not-found' : 'unavailable'",
  },
  {
    name: 'a death notice is a notice like others',
    file: 'libs/attio/envelope.ts',
    find: "const nominates = change === 'deleted'",
    replace: 'const nominates = false',
  },
  {
    name: 'the duplicate of a merge is forgotten',
    file: 'libs/attio/envelope.ts',
    find: 'if (!old) return [survivor]',
    replace: 'if (old !== null) return [survivor]',
  },
  {
    name: 'children of a merged record are not listed again',
    file: 'apps/hydrate/look.ts',
    find: 'if (!thing.survivor) return record',
    replace: 'if (thing !== undefined) return record',
  },
  {
    name: 'who referred to the dead is not read again',
    file: 'apps/enrich/stage.ts',
    find: 'outputs.push(...askReferrers(this.#reread, max, this.#tables, now))',
    replace: 'this.#reread.clear()',
  },
  {
    name: 'a rename stays where it happened',
    file: 'apps/enrich/stage.ts',
    find: 'const found = referrers(key, this.#tables)',
    replace: 'const found = new Set<string>()',
  },
  {
    name: 'an artifact is written whether or not it says anything new',
    file: 'apps/enrich/emit.ts',
    find: 'if (mark === emitted) return unknown',
    replace: '',
  },
  {
    name: 'the deleted state is not kept',
    file: 'apps/compact/record.ts',
    find: "  return { result: 'applied', outputs: [stateOutput(change.id, state), name] }",
    replace:
      "  return { result: 'applied', outputs: [{ topic: 'crm.records', key: change.id, value: null, headers: stateHeaders(state) }, name] }",
  },
  {
    name: 'a store takes whatever comes',
    file: 'libs/sink/memory-sink.ts',
    find: 'if (kept !== undefined && kept.version > write.version) return',
    replace: '',
  },
  {
    name: 'a sink commits before it has written',
    file: 'libs/sink/delivery.ts',
    find: 'const { refusals, attempts } = await write(batch, writes, options)',
    replace: 'await commit(batch, options)\n  const { refusals, attempts } = await write(batch, writes, options)',
  },
  {
    name: 'a webhook is acknowledged before the brokers have it',
    file: 'apps/webhook/receiver.ts',
    find: 'await coalescer.send(outputsOf(verdict))',
    replace: 'void coalescer.send(outputsOf(verdict)).catch(() => undefined)',
  },
  {
    name: 'what was read is published without waiting for the brokers',
    file: 'apps/hydrate/hydrator.ts',
    find: 'await this.#options.publisher.publish(seen.changes.map(outputOf))',
    replace: 'void this.#options.publisher.publish(seen.changes.map(outputOf)).catch(() => undefined)',
  },
  {
    name: 'what cannot be read now is not read again',
    file: 'apps/hydrate/hydrator.ts',
    find: "      case 'rate-limited':\n      case 'unavailable':\n        return this.#later(job, error.message)",
    replace:
      "      case 'rate-limited':\n      case 'unavailable':\n        return this.#settle(job, 'skipped', error.message)",
  },
  {
    name: 'a sweep nominates nothing',
    file: 'apps/backfill/missing.ts',
    find: 'return [...records, ...children]',
    replace: 'return []',
  },
]
