/**
 * The life of one thing, from the topics: what was heard of it, what was read, what the fold made of it, where it is filed,
 * which artifacts came of it, and what each store has now. Reads only, and only the partitions the keys live in. Data;
 * for people it is print.ts's, and the part about stores is stores.ts's.
 */
import type { Notice } from '@attio-stream/contracts'
import {
  type ChildContent,
  childReferences,
  DEFAULT_RULES,
  type FoldState,
  nameKey,
  type RecordContent,
  recordReferences,
} from '@attio-stream/crm'
import { type Document, documentIdOf, toDocument } from '@attio-stream/documents'
import { project, type Sink } from '@attio-stream/sink'
import type { Codec, Log } from '@attio-stream/stream'
import { type ArtifactVersion, type Filing, filingOf, type Naming, namingOf, versionsOf } from './artifacts.ts'
import { type Decision, decide, type GivenState } from './decisions.ts'
import { type Letter, letterOf } from './letter.ts'
import { reachOf } from './reach.ts'
import { type Found, messagesOf, type Reading } from './reading.ts'
import { type Standing, standingOf } from './standing.ts'

export interface TraceOptions {
  readonly log: Log
  readonly codec: Codec
  /** The record, or any other thing (note, task, entry, object, list, member). */
  readonly id: string
  /** What stores have now is asked of these. */
  readonly stores?: readonly Sink[]
  /** Only what had been written by then, ms. */
  readonly at?: number
  /** ATTIO_LATE_READ_MS of compact. */
  readonly lateReadMs?: number
  readonly signal?: AbortSignal
}

export interface NoticeSeen {
  readonly at: number
  readonly partition: number
  readonly offset: number
  /** null when it cannot be read. */
  readonly notice: Notice | null
}
export interface StateSeen {
  readonly topic: 'crm.records' | 'crm.children'
  readonly at: number
  readonly partition: number
  readonly offset: number
  /** null: forgotten, by a tombstone. */
  readonly state: FoldState | null
  /** Canonical JSON; customer text. */
  readonly body: string | null
  readonly parents: readonly string[]
}

export interface Trace {
  readonly id: string
  /** record | note | task | entry | object | list | member */
  readonly kind: string
  readonly workspace: string
  /** Of a record that has, or had, one. */
  readonly document: string | null
  /** Everything below is as of then, ms; null: now. */
  readonly asOf: number | null
  readonly notices: readonly NoticeSeen[]
  readonly decisions: readonly Decision[]
  readonly states: readonly StateSeen[]
  /** What the fold comes to, and whether the topic says the same; null: no change and no state is kept. */
  readonly fold: { readonly state: FoldState | null; readonly agrees: boolean } | null
  /** Of a record: what is filed under it. Of a child: where it is filed. */
  readonly filings: readonly Filing[]
  readonly names: readonly Naming[]
  readonly artifacts: readonly ArtifactVersion[]
  /** What the newest artifact says, by the formatter of today; customer text. */
  readonly text: Document | null
  readonly letters: readonly Letter[]
  /** What each store has now; empty with `at`. */
  readonly stores: readonly Standing[]
  /** How far back the topics reach, and what is not kept any more; sentences. */
  readonly reach: readonly string[]
}

/** Undefined when no topic knows anything of it. @throws when the log or the registry cannot be read. */
export async function traceOf(options: TraceOptions): Promise<Trace | undefined> {
  const { id, at, log, codec, signal } = options
  const reading: Reading = {
    log,
    codec,
    ...(at === undefined ? {} : { until: at }),
    ...(signal === undefined ? {} : { signal }),
  }
  const keys = [id]
  const [notices, changes, records, children, artifacts, letters] = await Promise.all([
    messagesOf(reading, { topic: 'attio.notices', keys }),
    messagesOf(reading, { topic: 'attio.changes', keys }),
    messagesOf(reading, { topic: 'crm.records', keys }),
    messagesOf(reading, { topic: 'crm.children', keys }),
    messagesOf(reading, { topic: 'crm.artifacts', keys }),
    messagesOf(reading, { topic: 'crm.dead-letters', keys }),
  ])
  const states = [...records.messages.map(recordSeen), ...children.messages.map(childSeen)]
  const all = [notices, changes, records, children, artifacts, letters]
  if (all.every(({ messages }) => messages.length === 0)) return undefined

  const { kind, workspace } = whatIsIt(
    changes.messages,
    notices.messages,
    records.messages,
    children.messages,
    artifacts.messages,
  )
  const attachments = await attachmentsOf(kind, id, states, reading)
  const names = await namesOf(workspace, states, attachments, reading)
  const rules = { lateReadMs: options.lateReadMs ?? DEFAULT_RULES.lateReadMs }
  const decided = decide(
    changes.messages.map(({ key, timestamp, offset, read }) => ({ key, at: timestamp, offset, read })),
    states.map(given),
    rules,
  )
  const newest = states.at(-1)?.state ?? null
  const versions = versionsOf(artifacts.messages, {
    records: records.messages,
    attachments: attachments.messages,
    names: names.messages,
  })
  return {
    id,
    kind,
    workspace,
    document: documentOf(id, artifacts.messages),
    asOf: at ?? null,
    notices: notices.messages.map(({ timestamp, partition, offset, read }) => ({
      at: timestamp,
      partition,
      offset,
      notice: read ?? null,
    })),
    decisions: decided.decisions,
    states,
    fold:
      changes.messages.length + states.length === 0
        ? null
        : { state: decided.folded ?? null, agrees: agree(decided.folded ?? null, newest) },
    filings: attachments.messages.map(filingOf),
    names: names.messages.map(namingOf),
    artifacts: versions,
    text: textOf(artifacts.messages, codec),
    letters: letters.messages.flatMap(letterOf),
    stores: at === undefined && kind === 'record' ? await standingOf(id, workspace, artifacts.messages, options) : [],
    reach: reachOf({
      at,
      notices,
      changes,
      states: kind === 'record' ? records : children,
      artifacts,
      kind,
      unexplained: decided.unexplained.length,
    }),
  }
}

/** A fence that is only higher is not written to the topic. */
function agree(folded: FoldState | null, newest: FoldState | null): boolean {
  if (folded === null || newest === null) return folded === newest
  return folded.hash === newest.hash && folded.deleted === newest.deleted && folded.fence >= newest.fence
}

const given = ({ at, offset, state, body }: StateSeen): GivenState => ({
  at,
  offset,
  read: state === null ? null : { ...state, body },
})

function recordSeen({ timestamp, partition, offset, read }: Found<'crm.records'>): StateSeen {
  return {
    topic: 'crm.records',
    at: timestamp,
    partition,
    offset,
    state: stateIn(read),
    body: read?.body ?? null,
    parents: [],
  }
}
function childSeen({ timestamp, partition, offset, read }: Found<'crm.children'>): StateSeen {
  return {
    topic: 'crm.children',
    at: timestamp,
    partition,
    offset,
    state: stateIn(read),
    body: read?.body ?? null,
    parents: read?.parents ?? [],
  }
}
function stateIn(read: FoldState | null | undefined): FoldState | null {
  return read === null || read === undefined ? null : { fence: read.fence, hash: read.hash, deleted: read.deleted }
}

function whatIsIt(
  changes: readonly Found<'attio.changes'>[],
  notices: readonly Found<'attio.notices'>[],
  records: readonly Found<'crm.records'>[],
  children: readonly Found<'crm.children'>[],
  artifacts: readonly Found<'crm.artifacts'>[],
): { readonly kind: string; readonly workspace: string } {
  const known = [...children, ...changes, ...notices].find(({ read }) => read !== null && read !== undefined)?.read
  const state = [...records, ...artifacts].find(({ read }) => read !== null && read !== undefined)?.read
  const headers = [...records, ...children, ...changes, ...notices, ...artifacts].find(
    (message) => message.headers.workspace !== undefined,
  )
  return {
    kind: known?.kind ?? 'record',
    workspace: known?.workspace_id ?? state?.workspace_id ?? headers?.headers.workspace ?? '',
  }
}

/** Under a record: everything of its partition that begins with its id. Of a child: its own, under all its parents. */
async function attachmentsOf(kind: string, id: string, states: readonly StateSeen[], reading: Reading) {
  const topic = 'crm.attachments' as const
  if (kind === 'record')
    return await messagesOf(reading, { topic, keys: [id], isWanted: ({ key }) => key.startsWith(`${id}/`) })
  const parents = new Set(states.flatMap((state) => state.parents))
  return await messagesOf(reading, { topic, keys: [...parents].map((parent) => `${parent}/${kind}/${id}`) })
}

/** Everything its states and its children ever showed by name. */
async function namesOf(
  workspace: string,
  states: readonly StateSeen[],
  attachments: { readonly messages: readonly Found<'crm.attachments'>[] },
  reading: Reading,
) {
  const keys = new Set<string>()
  const add = (found: readonly string[]) => found.forEach((key) => void keys.add(key))
  for (const { topic, body } of states)
    if (topic === 'crm.records' && body !== null) add(recordReferences(workspace, JSON.parse(body) as RecordContent))
  for (const { read } of attachments.messages)
    if (read) add(childReferences(workspace, JSON.parse(read.body) as ChildContent))
  for (const { topic, parents } of states)
    if (topic === 'crm.children') add(parents.map((parent) => nameKey(workspace, 'record', parent)))
  return await messagesOf(reading, { topic: 'crm.names', keys })
}

function documentOf(id: string, artifacts: readonly Found<'crm.artifacts'>[]): string | null {
  const last = artifacts.at(-1)
  if (last === undefined) return null
  const object = last.read?.object_id ?? last.headers.object ?? ''
  const slug = last.read?.object_slug ?? last.headers.slug ?? ''
  return documentIdOf({ object: { id: object, slug: slug === '' ? null : slug, singular: null }, record: id })
}

function textOf(artifacts: readonly Found<'crm.artifacts'>[], codec: Codec): Document | null {
  const last = artifacts.at(-1)
  if (last === undefined) return null
  const projection = project(last, codec, toDocument)
  return projection.kind === 'write' && projection.write.kind === 'put' ? projection.write.document : null
}
