/**
 * The life of one thing, from the topics: what was heard of it, what was read, what the fold made of it, where it is filed,
 * which artifacts came of it, and what each store has now. Reads only, and only the partitions the keys live in. Data;
 * for people it is print.ts's, and the part about stores is stores.ts's.
 */
import { DEFAULT_RULES, type FoldState } from '@attio-stream/crm'
import { type Document, documentIdOf, toDocument } from '@attio-stream/documents'
import { project, type Sink } from '@attio-stream/sink'
import type { Codec, Log } from '@attio-stream/stream'
import { type ArtifactVersion, type Filing, filingOf, type Naming, namingOf, versionsOf } from './artifacts.ts'
import { type Decision, decide, type GivenState } from './decisions.ts'
import { type Letter, letterOf } from './letter.ts'
import { reachOf } from './reach.ts'
import { type Found, messagesOf, type Reading } from './reading.ts'
import { attachmentsOf, namesOf } from './related.ts'
import { childSeen, type NoticeSeen, noticeSeen, recordSeen, type StateSeen } from './seen.ts'
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
  /** What the fold comes to; null: no change and no state is kept. */
  readonly fold: {
    readonly state: FoldState | null
    /** Whether the newest state in the topic says the same; null with `at`, and while compact has not come to all changes. */
    readonly agrees: boolean | null
    /** Changes compact has not come to. */
    readonly pending: number
  } | null
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
  // Before reading states: what compact had done by then is in them.
  const committed = await log.committed('compact', 'attio.changes')
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
  const pending = changes.messages.filter(({ partition, offset }) => offset >= (committed[partition] ?? -1)).length
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
    notices: notices.messages.map(noticeSeen),
    decisions: decided.decisions,
    states,
    fold:
      changes.messages.length + states.length === 0
        ? null
        : {
            state: decided.folded ?? null,
            agrees: at !== undefined || pending > 0 ? null : agree(decided.folded ?? null, newest),
            pending,
          },
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

/** A fence that is only higher is not written to the topic, and what is long dead is not kept there. */
function agree(folded: FoldState | null, newest: FoldState | null): boolean {
  if (folded === null || newest === null) return (folded === null || folded.deleted) && newest === null
  return folded.hash === newest.hash && folded.deleted === newest.deleted && folded.fence >= newest.fence
}

const given = ({ at, offset, state, body }: StateSeen): GivenState => ({
  at,
  offset,
  read: state === null ? null : { ...state, body },
})

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
