/** A trace for people: one line per event, oldest first, then what is so now. Customer text only when asked for. */
import type { ArtifactVersion, Filing, Naming } from './artifacts.ts'
import type { Decision } from './decisions.ts'
import type { FieldChange } from './fields.ts'
import { iso } from './reach.ts'
import type { NoticeSeen, StateSeen } from './seen.ts'
import type { Trace } from './trace.ts'

export interface PrintOptions {
  /** Names, and what changed in which field. */
  readonly values: boolean
}

interface Event {
  readonly at: number
  readonly place: string
  readonly what: string
  readonly details: string
  readonly more?: readonly string[]
}

export function traceLines(trace: Trace, { values }: PrintOptions): readonly string[] {
  const { id, kind, workspace, document, asOf, reach, letters, stores } = trace
  const partition = trace.notices[0]?.partition ?? trace.states[0]?.partition ?? trace.artifacts[0]?.partition ?? 0
  const events = [
    ...trace.notices.map(noticeEvent),
    ...trace.decisions.map((decision) => readEvent(decision, partition, trace, values)),
    ...trace.states.map(stateEvent),
    ...trace.filings.map((filing) => filingEvent(filing, id)),
    ...trace.names.map((naming) => nameEvent(naming, values)),
    ...trace.artifacts.map((artifact) => artifactEvent(artifact, values)),
    ...letters.map(
      ({ at, offset, stage, reason, of }): Event => ({
        at,
        place: `crm.dead-letters @${offset}`,
        what: 'buried',
        details: `by ${stage}${of === null ? '' : `, ${of}`}: ${reason}`,
      }),
    ),
  ].sort((a, b) => a.at - b.at)
  return [
    `${document ?? `${kind} ${id}`}: ${kind} ${id} of workspace ${workspace}${asOf === null ? '' : `, as of ${iso(asOf)}`}`,
    '',
    ...table(events.map(({ at, place, what, details }) => [iso(at), place, what, details])).flatMap((line, n) => [
      line,
      ...(events[n]?.more ?? []).map((one) => `    ${one}`),
    ]),
    '',
    ...nowLines(trace),
    ...(stores.length === 0 ? [] : ['', ...table(stores.map(storeRow))]),
    ...(asOf === null || trace.text === null ? [] : ['', ...textLines(trace)]),
    '',
    ...reach,
  ]
}

function noticeEvent({ at, partition, offset, notice }: NoticeSeen): Event {
  const place = `attio.notices ${partition}@${offset}`
  if (notice === null) return { at, place, what: 'notice', details: 'cannot be read' }
  const { event_type, source, actor_type, actor_id, nominates, related_id } = notice
  const actor = actor_type === null ? '' : ` by ${actor_type}${actor_id === null ? '' : ` ${actor_id}`}`
  const other = related_id === null ? '' : `, with ${related_id}`
  return {
    at,
    place,
    what: 'notice',
    details: `${event_type} (${source})${actor}${other}${nominates ? '; a 404 would confirm its death' : ''}`,
  }
}

function readEvent(
  { at, offset, fence, source, gone, size, result, reason, fields, state }: Decision,
  partition: number,
  { kind }: Trace,
  values: boolean,
): Event {
  const place = `attio.changes ${partition}@${offset}`
  const sent = fence === null ? '' : `${source}, sent ${iso(fence)}, ${gone ? 'gone' : `${size} characters`} → `
  const became = state === null ? '' : ` It became ${kind === 'record' ? 'crm.records' : 'crm.children'} @${state}.`
  return {
    at,
    place,
    what: 'read',
    details: `${sent}${result}: ${reason}${became}${fieldNames(fields)}`,
    more: values ? fields.map(fieldLine) : [],
  }
}

function stateEvent({ at, topic, partition, offset, state }: StateSeen): Event {
  const details =
    state === null
      ? 'forgotten'
      : `${state.deleted ? 'dead' : `alive, hash ${short(state.hash)}`}, fence ${iso(state.fence)}`
  return { at, place: `${topic} ${partition}@${offset}`, what: 'state', details }
}

function filingEvent({ at, partition, offset, record, kind, child, filed }: Filing, id: string): Event {
  const where = record === id ? '' : ` under record ${record}`
  return {
    at,
    place: `crm.attachments ${partition}@${offset}`,
    what: filed ? 'filed' : 'taken away',
    details: `${kind} ${child}${where}`,
  }
}

function nameEvent({ at, partition, offset, kind, thing, deleted, name }: Naming, values: boolean): Event {
  const details = `${kind} ${thing}${deleted ? ' is dead' : ''}${values && name !== null ? `: ${JSON.stringify(name)}` : ''}`
  return { at, place: `crm.names ${partition}@${offset}`, what: 'name', details }
}

function artifactEvent(
  { at, partition, version, kind, hash, record, because, fields }: ArtifactVersion,
  values: boolean,
): Event {
  const from = record === null ? '' : `, joined from crm.records @${record.offset}`
  const inputs = because.map(({ topic, partition: p, offset }) => `${topic} ${p}@${offset}`).join(', ')
  const why =
    kind === 'forgotten' ? '' : inputs === '' ? '; nothing new is known to be in it' : `; new in it: ${inputs}`
  return {
    at,
    place: `crm.artifacts ${partition}@${version}`,
    what: 'version',
    details: `${kind}${hash === '' ? '' : `, hash ${short(hash)}`}${from}${why}${fieldNames(fields)}`,
    more: values ? fields.map(fieldLine) : [],
  }
}

function nowLines({ fold, artifacts, asOf }: Trace): readonly string[] {
  const when = asOf === null ? 'Now' : 'Then'
  if (fold === null) return [`${when} nothing is known of its state.`]
  const { state, agrees, pending } = fold
  const says =
    state === null
      ? 'nothing'
      : state.deleted
        ? `dead since ${iso(state.fence)}`
        : `alive, hash ${short(state.hash)}, last read ${iso(state.fence)}`
  const newest = artifacts.at(-1)
  return [
    `${when} the fold says: ${says}.`,
    ...(agrees === null
      ? []
      : [agrees ? 'The newest state in the topic agrees.' : 'The newest state in the topic does NOT agree.']),
    ...(pending > 0 ? [`compact has not come to ${pending} of the changes yet.`] : []),
    ...(newest === undefined ? [] : [`The newest artifact is version ${newest.version}, ${newest.kind}.`]),
  ]
}

function storeRow({ store, held, verdict, failure }: Trace['stores'][number]): readonly string[] {
  if (failure !== null) return [store, 'could not be asked', failure]
  if (held === null) return [store, 'has nothing', verdict]
  return [store, `version ${held.version}`, held.deleted ? 'deleted' : `live, hash ${short(held.hash)}`, verdict]
}

function textLines({ text }: Trace): readonly string[] {
  if (text === null) return []
  return [
    `The document, by the formatter of today (${text.id}):`,
    '',
    ...text.text.split('\n').map((line) => `  ${line}`),
  ]
}

const fieldNames = (fields: readonly FieldChange[]): string =>
  fields.length === 0 ? '' : ` Fields: ${fields.map(({ field }) => field).join(', ')}.`
const fieldLine = ({ field, before, after }: FieldChange): string => `${field}: ${shown(before)} → ${shown(after)}`
const shown = (value: string | null): string =>
  value === null ? '(nothing)' : value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
const LONGEST = 300
const short = (hash: string): string => hash.slice(0, 8)

/** Columns as wide as they need to be; the last one ends where it ends. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    row.forEach((cell, n) => {
      if (n < row.length - 1) all[n] = Math.max(all[n] ?? 0, cell.length)
    })
    return all
  }, [])
  return rows.map((row) => row.map((cell, n) => (n < row.length - 1 ? cell.padEnd(widths[n] ?? 0) : cell)).join('  '))
}
