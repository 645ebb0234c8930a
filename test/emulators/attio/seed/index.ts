/**
 * A whole workspace from a seed: the same seed, size and clock give the same bytes. Creation times spread over two
 * years before the clock's now, with bulk imports of several hundred records in the same millisecond.
 */
import { base, en, Faker } from '@faker-js/faker'
import { ALL_SCOPES } from '../scopes.ts'
import type { Scene } from '../world/items.ts'
import type { Actor, Item, Member, Token, Workspace } from '../world/model.ts'
import { randomFrom } from '../world/random.ts'
import { addStandardObjects } from '../world/standard.ts'
import type { World } from '../world/world.ts'
import { type Population, seedComments, seedEntries, seedNotes, seedTasks } from './activity.ts'
import { addCustomObjects, addLists } from './custom.ts'
import { seedProjects, seedShowcase, seedUsers } from './customers.ts'
import { type SeedParts, seedCompanies, seedDeals, seedPeople } from './records.ts'
import { amounts, RECORDS, type SeedSize } from './sizes.ts'

const YEAR = 365 * 86_400_000

export interface SeedOptions {
  readonly name: string
  readonly slug: string
  readonly seed: number
  readonly size: SeedSize
  /** Instead of the size's own number of records. */
  readonly records?: number
  /** Standard objects that are not enabled in this workspace. */
  readonly disabled?: readonly string[]
  readonly token?: string
}

export function seedWorkspace(world: World, options: SeedOptions): { workspace: Workspace; token: Token } {
  world.seeding = true
  try {
    return fill(world, options)
  } finally {
    world.seeding = false
  }
}

function fill(world: World, options: SeedOptions): { workspace: Workspace; token: Token } {
  const random = randomFrom(options.seed)
  const faker = new Faker({ locale: [en, base] })
  faker.seed(options.seed)
  const now = Math.floor(world.now())
  const born = now - 2 * YEAR
  const workspace = world.addWorkspace(options.name, options.slug, born)
  const scene: Scene = { world, workspace }
  const { members, gone } = addMembers(world, workspace, born)
  const admin = members[0] as Actor
  const token = world.addToken(workspace, admin.id as string, ALL_SCOPES, options.token)
  const standard = addStandardObjects(scene, born, options.disabled ?? [])
  const custom = addCustomObjects(scene, standard, born, admin)
  const lists = addLists(scene, standard, born, admin)

  const total = options.records ?? RECORDS[options.size]
  const imports = total >= 5000 ? 400 : Math.ceil(total / 20)
  /** Ascending times: one stretch in eight is a bulk import, all in one millisecond. */
  const times = (count: number): number[] => {
    const all: number[] = []
    while (all.length < count) {
      const at = born + Math.floor(random() * (2 * YEAR - 40 * 86_400_000)) + 30 * 86_400_000
      const copies = count > 40 && random() < 0.5 / imports ? imports : 1
      for (let i = 0; i < copies && all.length < count; i++) all.push(at)
    }
    if (count > 2 * imports && imports > 1) all.fill(all[imports] as number, 0, imports)
    return all.sort((a, b) => a - b)
  }
  const parts: SeedParts = { scene, random, faker, amounts: amounts(total), standard, custom, members, times }
  if (total > 0) populate(parts, lists, gone)
  return { workspace, token }
}

function populate(parts: SeedParts, lists: ReturnType<typeof addLists>, gone: Actor): void {
  const { standard, custom, scene } = parts
  const companies = seedCompanies(parts)
  const people = seedPeople(parts, companies)
  const deals = seedDeals(parts, companies, people)
  seedUsers(parts, people, companies)
  seedProjects(parts, people, companies)
  seedShowcase(parts, people, companies)
  const objects = [...Object.values(standard), ...Object.values(custom)]
  const populations: Population[] = objects
    .filter((object) => object.enabled)
    .map((object) => ({ object, items: [...object.items.values()] as Item[] }))
  seedNotes(parts, populations)
  seedTasks(parts, populations, gone)
  seedEntries(parts, lists, people, companies, deals)
  seedComments(parts, populations, lists)
  scene.workspace.members.delete(gone.id as string)
}

/** Four members, one of them suspended, and one who is deleted in the end but still referred to. */
function addMembers(world: World, workspace: Workspace, createdAt: number): { members: Actor[]; gone: Actor } {
  const rows: readonly [string, string, Member['access']][] = [
    ['Ann', 'Lee', 'admin'],
    ['Luis', 'Ortega', 'member'],
    ['Mei', 'Tanaka', 'member'],
    ['Sven', 'Alte', 'suspended'],
    ['Gone', 'Person', 'member'],
  ]
  const actors = rows.map(([first, last, access]): Actor => {
    const id = world.uuid()
    const email = `${first}.${last}@${workspace.slug}.example`.toLowerCase()
    const avatar = first === 'Ann' ? 'https://assets.example.com/avatars/ann.png' : null
    workspace.members.set(id, { id, first, last, email, avatar, access, createdAt })
    return { type: 'workspace-member', id }
  })
  return { members: actors.slice(0, 4), gone: actors[4] as Actor }
}
