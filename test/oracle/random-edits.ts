/**
 * Edits by chance, as people make them, all of kinds that Attio tells of by an event (a renamed option, a moved note or a
 * rewritten history are silent, and no document can show them before a re-read). The same seed makes the same edits.
 */
import type { Edits } from '../emulators/attio/index.ts'
import { truth } from '../emulators/attio/truth.ts'
import { pick, type Random } from '../emulators/attio/world/random.ts'
import type { World } from '../emulators/attio/world/world.ts'
import { truthOf } from './truth-of.ts'

/** Who edits what: ids are looked up as they are at that moment. */
export class Desk {
  readonly edit: Edits
  /** May be changed between edits. */
  random: Random
  readonly #world: World
  readonly #workspace: string | undefined
  #made = 0

  /** Of the workspace; of the first one when none is named. */
  constructor(world: World, edit: Edits, random: Random, workspace?: string) {
    this.#world = world
    this.edit = workspace === undefined ? edit : editsOf(edit, workspace)
    this.random = random
    this.#workspace = workspace
  }

  /** One edit by chance; gives what was done. */
  act(): string {
    const [what, act] = pick(this.random, EDITS)
    return `${what} ${outcome(() => act(this))}`
  }

  /** A word nobody has used yet. */
  word(what: string): string {
    this.#made += 1
    return `${what} ${this.#made}`
  }
  one<T>(...all: readonly T[]): T {
    return pick(this.random, all)
  }
  /** A record of one of the objects; of any when none is named. */
  record(...slugs: readonly string[]): string {
    const { records } = truth(this.#world, { kind: 'ids', workspace: this.#workspace }) as {
      readonly records: Readonly<Record<string, string[]>>
    }
    const fits = Object.entries(records).flatMap(([slug, ids]) =>
      slugs.length === 0 || slugs.includes(slug) ? ids : [],
    )
    return pick(this.random, fits)
  }
  note(): string {
    return pick(this.random, [...truthOf(this.#world, this.#workspace).notes.values()].flat()).id.note_id
  }
  task(): { readonly task: string; readonly record: string } {
    const { id, linked_records } = pick(this.random, [...truthOf(this.#world, this.#workspace).tasks.values()].flat())
    return { task: id.task_id, record: pick(this.random, linked_records).target_record_id }
  }
  entry(list: string): string {
    const entries = [...truthOf(this.#world, this.#workspace).entries.values()].flat()
    const held = entries.filter((placed) => placed.attributes.some(({ api_slug }) => api_slug === list))
    return pick(this.random, held).entry.id.entry_id
  }
}

function editsOf(edit: Edits, workspace: string): Edits {
  const bound = Object.entries(edit).map(([name, act]) => {
    const run = act as (args: Record<string, unknown>) => unknown
    return [name, (args: Record<string, unknown>) => run({ workspace, ...args })] as const
  })
  return Object.fromEntries(bound) as unknown as Edits
}

/** An attribute that only the pipeline list has, and only the newsletter. */
const [PIPELINE, NEWSLETTER] = ['champion', 'topics']

const EDITS: readonly (readonly [what: string, edit: (desk: Desk) => unknown])[] = [
  ['a company', (d) => d.edit.createRecord({ object: 'companies', values: { name: d.word('Firm'), tier: 'Gold' } })],
  [
    'a person',
    (d) =>
      d.edit.createRecord({
        object: 'people',
        values: { name: `Newcomer, ${d.word('Jo')}`, company: d.record('companies'), job_title: d.word('Job') },
      }),
  ],
  [
    'a deal',
    (d) =>
      d.edit.createRecord({
        object: 'deals',
        values: {
          name: d.word('Deal'),
          stage: d.one('Lead', 'In Progress', 'Lost'),
          value: { currency_value: 1200.5, currency_code: d.one('EUR', 'JPY', 'USD') },
          associated_company: d.record('companies'),
          associated_people: [d.record('people')],
        },
      }),
  ],
  ['a rename', (d) => d.edit.renameRecord({ record: d.record('companies', 'projects'), name: d.word('Renamed') })],
  ['a marriage', (d) => d.edit.renameRecord({ record: d.record('people'), name: `Married, ${d.word('Sam')}` })],
  ['a job', (d) => d.edit.patchRecord({ record: d.record('people'), values: { job_title: d.word('Head') } })],
  ['a stage', (d) => d.edit.patchRecord({ record: d.record('deals'), values: { stage: d.one('Lead', 'Lost') } })],
  ['a domain', (d) => d.edit.patchRecord({ record: d.record('companies'), values: { domains: [host(d)] } })],
  ['a text', (d) => d.edit.patchRecord({ record: d.record('deals'), values: { next_step: `${d.word('Do')}\nit` } })],
  ['a value cleared', (d) => d.edit.clearValue({ record: d.record('companies'), attribute: d.one(...CLEARABLE) })],
  ['a name cleared', (d) => d.edit.clearValue({ record: d.record('companies'), attribute: 'name' })],
  ['a job change', (d) => d.edit.linkRecords({ record: d.record('people'), ...to(d, 'company', 'companies') })],
  ['a person on a deal', (d) => d.edit.linkRecords({ record: d.record('deals'), ...to(d, PEOPLE, 'people') })],
  ['a deal alone', (d) => d.edit.setValues({ record: d.record('deals'), values: { associated_people: [] } })],
  ['a referral', (d) => d.edit.linkRecords({ record: d.record('people'), ...to(d, 'referred_by', 'people') })],
  ['a death', (d) => d.edit.deleteRecord({ record: d.record('companies', 'people', 'deals', 'projects') })],
  ['a merge of companies', (d) => merge(d, 'companies')],
  ['a merge of people', (d) => merge(d, 'people')],
  ['a note', (d) => d.edit.createNote({ record: d.record(), title: d.word('Call'), content: d.word('They said') })],
  ['a note retitled', (d) => d.edit.setNoteTitle({ note: d.note(), title: d.word('Talk') })],
  ['a note rewritten', (d) => d.edit.setNoteBody({ note: d.note(), content: `**Bold** ${d.word('words')}` })],
  ['a note deleted', (d) => d.edit.deleteNote({ note: d.note() })],
  [
    'a task',
    (d) =>
      d.edit.createTask({
        content: d.word('Call back'),
        records: [...new Set([d.record(), d.record()])],
        ...(d.random() < 0.5 ? { deadline: '2027-01-31T00:00:00.000000000Z' } : {}),
      }),
  ],
  ['a task done', (d) => d.edit.completeTask(d.task())],
  ['a task linked', (d) => d.edit.linkTask({ ...d.task(), record: d.record() })],
  ['a task unlinked', (d) => d.edit.unlinkTask(d.task())],
  ['a task deleted', (d) => d.edit.deleteTask(d.task())],
  [
    'a prospect',
    (d) =>
      d.edit.addEntry({
        list: 'enterprise_pipeline',
        record: d.record('companies'),
        values: { stage: 'Qualified', champion: d.record('people') },
      }),
  ],
  ['a negotiation', (d) => d.edit.patchEntry({ entry: d.entry(PIPELINE), values: { stage: 'Negotiation' } })],
  [
    'a champion',
    (d) => d.edit.patchEntry({ entry: d.entry(PIPELINE), values: { champion: d.record('people'), priority: 'High' } }),
  ],
  ['a reader', (d) => d.edit.addEntry({ list: 'newsletter', record: d.record('people'), values: { confirmed: true } })],
  ['a reader gone', (d) => d.edit.removeEntry({ entry: d.entry(NEWSLETTER) })],
  ['a list renamed', (d) => d.edit.renameList({ list: 'newsletter', name: d.word('Letter') })],
  ['a title', (d) => d.edit.renameAttribute({ in: 'companies', attribute: 'tier', title: d.word('Tier') })],
  ['a colleague', (d) => d.edit.addMember({ first: d.word('Neo'), last: 'Kern', email: `${d.word('n')}@x.example` })],
]
const PEOPLE = 'associated_people'
const CLEARABLE = ['description', 'categories', 'employee_range', 'primary_location', 'tier', 'domains'] as const

const host = (d: Desk): string => `${d.word('h').replace(' ', '')}.example`
const to = (d: Desk, attribute: string, object: string) => ({ attribute, target: d.record(object) })

function merge(d: Desk, object: string): unknown {
  const [primary, secondary] = [d.record(object), d.record(object)]
  return primary === secondary ? undefined : d.edit.mergeRecords({ primary, secondary })
}

/** Makes `count` edits; gives what was done, for the report of a failure. */
export async function editByChance(options: {
  readonly world: World
  readonly edit: Edits
  readonly random: Random
  readonly count: number
  /** Awaited after each edit. */
  readonly after?: (nth: number) => Promise<void>
}): Promise<readonly string[]> {
  const { world, edit, random, count, after } = options
  const desk = new Desk(world, edit, random)
  const done: string[] = []
  for (let nth = 0; nth < count; nth++) {
    done.push(`${nth}: ${desk.act()}`)
    await after?.(nth)
  }
  return done
}

function outcome(act: () => unknown): string {
  try {
    return JSON.stringify(act() ?? null)
  } catch (error) {
    // Nothing left to choose from.
    if (error instanceof RangeError) return 'not possible'
    throw error
  }
}
