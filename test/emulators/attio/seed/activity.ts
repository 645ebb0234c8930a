/** Seeded notes, tasks, list entries and comments: on every object, one of 200 KB, some linked to many or to none. */
import { createNote, createTask } from '../world/children.ts'
import { createComment } from '../world/comments.ts'
import { createItem, type Scene } from '../world/items.ts'
import type { Actor, Collection, Item, RecordRef } from '../world/model.ts'
import { pick, type Random } from '../world/random.ts'
import { instant } from '../world/time.ts'
import type { SeedLists } from './custom.ts'
import { choose, day, put, refTo, type SeedParts } from './records.ts'
import { type Cast, commentText, longNote, noteMarkdown, noteTitle, PRODUCTS, taskText } from './words.ts'

export interface Population {
  readonly object: Collection
  readonly items: readonly Item[]
}

const DAY = 86_400_000

function nameOf(object: Collection, item: Item): string {
  const slot = object.index.get('name') ?? object.index.get('title') ?? -1
  const value = item.slots[slot]?.[0]
  if (value?.attribute_type === 'text') return value.value.slice(0, 40)
  return value?.attribute_type === 'personal-name' ? value.full_name.slice(0, 40) : 'the customer'
}

function cast(random: Random, at: Population, item: Item, people: Population | undefined): Cast {
  const person = people && people.items.length > 0 ? nameOf(people.object, pick(random, people.items)) : 'Bob Stone'
  return {
    company: nameOf(at.object, item),
    person,
    member: pick(random, ['Ann', 'Luis', 'Mei']),
    product: pick(random, PRODUCTS),
  }
}

export function seedNotes(parts: SeedParts, everywhere: readonly Population[]): void {
  const { scene, random, amounts, members } = parts
  const people = everywhere.find((each) => each.object.slug === 'people')
  const inhabited = everywhere.filter((each) => each.items.length > 0)
  if (inhabited.length === 0) return
  /** One note on each object, then wherever people write: mostly deals and companies. */
  const weighted = inhabited.flatMap((each) =>
    Array<Population>(['deals', 'companies', 'people'].includes(each.object.slug) ? 4 : 1).fill(each),
  )
  const made = Array.from({ length: amounts.notes }, (_, i) => {
    const where = inhabited[i] ?? pick(random, weighted)
    const item = i % 7 === 0 ? (where.items[i % 3] ?? pick(random, where.items)) : pick(random, where.items)
    return { where, item, at: Math.min(item.createdAt + Math.floor(random() * 60 * DAY), scene.world.now() - DAY), i }
  })
  made.sort((a, b) => a.at - b.at || a.i - b.i)
  made.forEach(({ where, item, at, i }) => {
    const actors = cast(random, where, item, people)
    const body = i === 11 ? longNote(random, actors, 200_000) : noteMarkdown(random, actors)
    createNote(scene, {
      parent: { object: where.object.id, record: item.id },
      title: i === 12 ? '' : noteTitle(random, actors),
      text: { content: body, format: 'markdown' },
      by: pick(random, members),
      at,
    })
  })
}

export function seedTasks(parts: SeedParts, everywhere: readonly Population[], gone: Actor): void {
  const { scene, random, amounts, members } = parts
  const inhabited = everywhere.filter((each) => each.items.length > 0)
  if (inhabited.length === 0) return
  const people = everywhere.find((each) => each.object.slug === 'people')
  const refs = (count: number): { linked: RecordRef[]; first: Item; where: Population } => {
    const where = pick(random, inhabited)
    const first = pick(random, where.items)
    const linked = [{ object: where.object.id, record: first.id }]
    while (linked.length < count) {
      const more = pick(random, inhabited)
      const record = pick(random, more.items).id
      if (!linked.some((ref) => ref.record === record)) linked.push({ object: more.object.id, record })
    }
    return { linked, first, where }
  }
  const made = Array.from({ length: amounts.tasks }, (_, i) => {
    const { linked, first, where } = refs(i % 17 === 1 ? 0 : i % 9 === 2 ? 3 : 1)
    const at = Math.min(first.createdAt + Math.floor(random() * 90 * DAY), scene.world.now() - DAY)
    return { linked: i % 17 === 1 ? [] : linked, first, where, at, i }
  })
  made.sort((a, b) => a.at - b.at || a.i - b.i)
  for (const { linked, first, where, at, i } of made) {
    const assignee = i === 5 ? gone : pick(random, members)
    createTask(scene, {
      content: taskText(random, cast(random, where, first, people)),
      deadline: random() < 0.6 ? instant(at + Math.floor(random() * 20) * DAY) : null,
      completed: random() < 0.4,
      linked,
      assignees: i % 11 === 3 ? [] : [assignee.id as string],
      by: pick(random, members),
      at,
    })
  }
}

export function seedEntries(
  { scene, random, amounts, standard, members }: SeedParts,
  lists: SeedLists,
  people: readonly Item[],
  companies: readonly Item[],
  deals: readonly Item[],
): void {
  const fill = (
    list: Collection,
    object: Collection,
    from: readonly Item[],
    count: number,
    values: (at: number) => Parameters<typeof put>[1],
  ) => {
    if (from.length === 0) return
    /** Every twelfth entry repeats the record of the one before: the same record twice in one list. */
    let last = from[0] as Item
    const chosen = Array.from({ length: count }, (_, i) => {
      last = i % 12 === 11 ? last : pick(random, from)
      return { item: last, at: Math.min(last.createdAt + Math.floor(random() * 40 * DAY), scene.world.now() - DAY) }
    })
    chosen.sort((a, b) => a.at - b.at)
    for (const { item, at } of chosen)
      createItem(scene, list, put(list, values(at)), {
        by: pick(random, members),
        at,
        parent: { object: object.id, record: item.id },
      })
  }
  fill(lists.pipeline, standard.companies, companies, Math.round(amounts.entries * 0.4), (at) => ({
    stage: [choose(random, lists.pipeline, 'stage')],
    priority: random() < 0.8 ? [choose(random, lists.pipeline, 'priority')] : [],
    target_close: random() < 0.7 ? [day(at + 120 * DAY)] : [],
    champion: random() < 0.3 ? [refTo(standard.people, pick(random, people))] : [],
  }))
  fill(lists.newsletter, standard.people, people, Math.round(amounts.entries * 0.35), () => ({
    topics: [choose(random, lists.newsletter, 'topics')],
    confirmed: [{ attribute_type: 'checkbox', value: random() < 0.7 }],
  }))
  const { forecast } = lists
  if (!forecast) return
  fill(forecast, standard.deals, deals, Math.round(amounts.entries * 0.25), () => ({
    quarter: [choose(random, forecast, 'quarter')],
    confidence: [{ attribute_type: 'rating', value: Math.floor(random() * 6) }],
  }))
}

export function seedComments(parts: SeedParts, everywhere: readonly Population[], lists: SeedLists): void {
  const { scene, random, amounts, members } = parts
  const inhabited = everywhere.filter((each) => each.items.length > 0)
  if (inhabited.length === 0) return
  const say = (scene: Scene, record: RecordRef, item: Item, where: Population, more: object) =>
    createComment(scene, {
      content: commentText(random, cast(random, where, item, undefined)),
      author: pick(random, members),
      record,
      at: Math.min(item.createdAt + DAY, scene.world.now()),
      ...more,
    })
  for (let i = 0; i < amounts.comments; i++) {
    const where = pick(random, inhabited)
    const item = pick(random, where.items)
    const first = say(scene, { object: where.object.id, record: item.id }, item, where, {})
    if (i % 3 === 0) say(scene, first.record, item, where, { thread: first.thread })
  }
  const entry = lists.pipeline.items.length > 0 ? lists.pipeline.items.at(0) : undefined
  if (!entry?.parent) return
  const where = inhabited[0] as Population
  say(scene, entry.parent, entry, where, { entry: { list: lists.pipeline.id, entry: entry.id } })
}
