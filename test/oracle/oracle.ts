/**
 * The oracle: from the truth of an emulated Attio, which documents there must be and which facts each must show, and no
 * others. `differences` gives a sentence for everything that is missing, or shown and not true.
 */
import { actor, isUnnamed, minute, nameOf, oneLine, readableValues } from './readable.ts'
import type { Placed, PlacedEntry, Truth, WireAttribute, WireNote, WireTask } from './truth-of.ts'

export interface Shown {
  readonly title: string
  readonly text: string
  readonly metadata: Readonly<Record<string, unknown>>
}

const NOUNS: Readonly<Record<string, string>> = { companies: 'Company', people: 'Person', deals: 'Deal' }
/** Said in RECORD or in the heading of a list, not as attributes. */
const SAID_ELSEWHERE = new Set(['record_id', 'entry_id', 'parent_record', 'created_at', 'created_by'])
const MOST_TEXT = 200_000

export function differences(truth: Truth, documents: ReadonlyMap<string, Shown>): readonly string[] {
  const found: string[] = []
  for (const [id, placed] of truth.records) {
    const shown = documents.get(id)
    const about = `${placed.object.api_slug} ${id}`
    if (shown === undefined) found.push(`${about} has no document.`)
    else found.push(...faults(truth, id, placed, shown).map((fault) => `${about}: ${fault}`))
  }
  for (const id of documents.keys()) if (!truth.records.has(id)) found.push(`${id} is dead and has a document.`)
  return found
}

function faults(truth: Truth, id: string, placed: Placed, shown: Shown): readonly string[] {
  const sections = sectionsOf(shown.text)
  const notes = truth.notes.get(id) ?? []
  const tasks = truth.tasks.get(id) ?? []
  const found = [...titleFaults(placed, shown), ...metadataFaults(truth, id, placed, shown)]
  found.push(...attributeFaults(truth, placed, sections))
  found.push(...sameLines('LISTS', sections.get('LISTS') ?? [], listLines(truth, truth.entries.get(id) ?? [])))
  found.push(...activityFaults(sections.get('ACTIVITY') ?? [], activityItems(truth, notes, tasks), shown.text.length))
  const { created_at, web_url } = placed.record
  const record = [`Created: ${created_at.slice(0, 10)}`, `Link: ${web_url}`, `Attio Record ID: ${id}`]
  return [...found, ...sameLines('RECORD', sections.get('RECORD') ?? [], record)]
}

/** Lines by heading; '' is what stands before the first. */
function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>([['', []]])
  let lines: string[] = sections.get('') ?? []
  for (const line of text.split('\n')) {
    const heading = /^=== (.+) ===$/.exec(line)?.[1]
    if (heading === undefined) lines.push(line)
    else {
      if (lines.at(-1) === '') lines.pop()
      lines = []
      sections.set(heading, lines)
    }
  }
  return sections
}

function titleFaults(placed: Placed, shown: Shown): readonly string[] {
  const noun = NOUNS[placed.object.api_slug] ?? placed.object.singular_noun
  const name = nameOf(placed)
  const [line = ''] = shown.text.split('\n')
  if (name.length <= 200) {
    const found = line === `${noun}: ${name}` ? [] : [`the title line is "${line}", not "${noun}: ${name}".`]
    return shown.title === name ? found : [...found, `the title is "${shown.title}", not "${name}".`]
  }
  const cut = line.startsWith(`${noun}: ${name.slice(0, 150)}`) && line.endsWith('…') && shown.title.length <= 200
  return cut ? [] : [`the title line is "${line}", not the beginning of a long name.`]
}

function metadataFaults(truth: Truth, id: string, placed: Placed, { metadata }: Shown): readonly string[] {
  const lists = new Set((truth.entries.get(id) ?? []).map(({ list }) => list))
  const expected: Readonly<Record<string, unknown>> = {
    record_id: id,
    object_slug: placed.object.api_slug,
    name: nameOf(placed),
    note_count: truth.notes.get(id)?.length ?? 0,
    task_count: truth.tasks.get(id)?.length ?? 0,
    created_at: new Date(placed.record.created_at).toISOString(),
    web_url: placed.record.web_url,
    ...(isUnnamed(placed) ? { unnamed: true } : {}),
  }
  const found = Object.entries(expected).flatMap(([field, value]) =>
    metadata[field] === value ? [] : [`metadata ${field} is ${metadata[field]}, not ${value}.`],
  )
  const shown = ((metadata.lists as readonly string[] | undefined) ?? []).toSorted().join()
  return shown === [...lists].sort().join() ? found : [...found, `metadata lists are ${shown}.`]
}

/** Every attribute with something to read stands on a line, custom ones by their title; and no other line is there. */
function attributeFaults(
  truth: Truth,
  placed: Placed,
  sections: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const left = factsIn([...sections].filter(([heading]) => !['', 'LISTS', 'ACTIVITY', 'RECORD'].includes(heading)))
  const found: string[] = []
  for (const [label, value] of expectedFacts(truth, placed)) {
    const at = left.findIndex((fact) => fact.value === value && (label === undefined || fact.label === label))
    if (at >= 0) left.splice(at, 1)
    else found.push(`no line says "${label ?? '…'}: ${value}".`)
  }
  return [...found, ...left.map(({ label, value }) => `it says "${label}: ${value}", which is not so.`)]
}

interface Fact {
  readonly label: string
  readonly value: string
}

function factsIn(sections: readonly (readonly [string, readonly string[]])[]): Fact[] {
  const facts: Fact[] = []
  for (const [, lines] of sections) {
    let block: string[] | undefined
    let label = ''
    const close = (): void => {
      if (block !== undefined) facts.push({ label, value: block.join('\n') })
      block = undefined
    }
    for (const line of lines) {
      if (block !== undefined && (line.startsWith('  ') || line === '')) {
        block.push(line.slice(2))
        continue
      }
      close()
      const [, name = line, value = ''] = /^(.*?):(?: (.*))?$/.exec(line) ?? []
      if (value === '') [block, label] = [[], name]
      else facts.push({ label: name, value })
    }
    close()
  }
  return facts
}

/** `[label, text]`; Attio's own attributes may have a label of ours. */
function expectedFacts(truth: Truth, placed: Placed): readonly (readonly [label: string | undefined, value: string])[] {
  const { object, attributes, record } = placed
  const standard = NOUNS[object.api_slug] !== undefined
  const facts: (readonly [string | undefined, string])[] = []
  for (const attribute of attributes) {
    if (SAID_ELSEWHERE.has(attribute.api_slug)) continue
    const value = readableValues(truth, record.values[attribute.api_slug] ?? [])
    if (value === '' || (standard && attribute.api_slug === 'name' && object.api_slug === 'deals')) continue
    if (object.api_slug === 'people' && attribute.api_slug === 'company') {
      const [, name = value, domain] = /^(.*?)(?: \(([^()]+\.example)\))?$/s.exec(value) ?? []
      facts.push(['Name', name], ...(domain === undefined ? [] : ([['Domain', domain]] as const)))
    } else facts.push([standard && attribute.is_system_attribute ? undefined : attribute.title, value])
  }
  return facts
}

function listLines(truth: Truth, entries: readonly PlacedEntry[]): readonly string[] {
  const order = (a: PlacedEntry, b: PlacedEntry): number =>
    compare(a.list, b.list) ||
    compare(a.entry.created_at, b.entry.created_at) ||
    compare(a.entry.id.entry_id, b.entry.id.entry_id)
  return entries.toSorted(order).map(({ list, attributes, entry }) => {
    const values = attributes.flatMap((attribute: WireAttribute) => {
      if (SAID_ELSEWHERE.has(attribute.api_slug)) return []
      const value = oneLine(readableValues(truth, entry.entry_values[attribute.api_slug] ?? []))
      return value === '' ? [] : [`${attribute.title}: ${value}`]
    })
    return values.length === 0 ? list : `${list}: ${values.join('; ')}`
  })
}

interface Item {
  readonly at: string
  readonly id: string
  readonly lines: readonly string[]
}

/** Newest first, ties by id. */
function activityItems(truth: Truth, notes: readonly WireNote[], tasks: readonly WireTask[]): readonly Item[] {
  const items = [
    ...notes.map((note): Item => {
      const title = oneLine(note.title)
      const head = `${minute(note.created_at)} note by ${actor(truth, note.created_by_actor)}`
      const body = note.content_plaintext.trim()
      const lines = body === '' ? [] : body.split('\n').map((line) => `  ${line}`.trimEnd())
      return { at: ms(note.created_at), id: note.id.note_id, lines: [title ? `${head}: ${title}` : head, ...lines] }
    }),
    ...tasks.map((task): Item => {
      const who = task.assignees.map(({ referenced_actor_type: type, referenced_actor_id: id }) =>
        actor(truth, { type, id }),
      )
      const done = task.is_completed ? `done ${task.completed_at?.slice(0, 10)}` : 'open'
      const state = task.deadline_at === null ? done : `${done}, due ${task.deadline_at.slice(0, 10)}`
      const by = `${minute(task.created_at)} task by ${actor(truth, task.created_by_actor)}`
      const head = `${by}${who.length > 0 ? ` for ${who.join(', ')}` : ''} (${state})`
      return { at: ms(task.created_at), id: task.id.task_id, lines: [`${head}: ${task.content_plaintext.trim()}`] }
    }),
  ]
  return items.sort((a, b) => compare(b.at, a.at) || compare(a.id, b.id))
}
const ms = (iso: string): string => new Date(iso).toISOString()

/** All of it; or, in a document as long as may be, the newest, and a last line that says what is left out. */
function activityFaults(shown: readonly string[], items: readonly Item[], length: number): readonly string[] {
  const whole = items.flatMap(({ lines }) => lines)
  const faults = sameLines('ACTIVITY', shown, whole)
  if (faults.length === 0 || whole.join('\n').length < MOST_TEXT - 10_000) return faults
  const heads = items.map(({ lines: [head = ''] }) => head)
  const kept = heads.filter((head) => shown.includes(head))
  const missing = heads.length - kept.length
  const found = heads.slice(0, kept.length).every((head) => shown.includes(head)) ? [] : ['not the newest are shown.']
  if (length > MOST_TEXT) found.push(`it has ${length} characters.`)
  if (missing > 0 && shown.at(-1) !== `… and ${missing} older notes and tasks not shown`)
    found.push(`${missing} notes and tasks are left out and the last line is "${shown.at(-1)}".`)
  const whatIsMissing = shown.some((line) => /^\s*… .*not shown$/.test(line))
  return whatIsMissing ? found : [...found, ...faults.map((fault) => `it is cut silently: ${fault}`)]
}

function sameLines(where: string, shown: readonly string[], expected: readonly string[]): readonly string[] {
  const at = expected.findIndex((line, n) => shown[n] !== line)
  if (at >= 0) return [`${where} line ${at + 1} is "${shown[at] ?? ''}", not "${expected[at]}".`]
  return shown.length > expected.length ? [`${where} also says "${shown[expected.length]}".`] : []
}

/** By UTF-16 code units. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
