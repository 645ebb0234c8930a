/** Where an editor sits: how edits find the workspace, the member, the collection and the item they name. */
import { invalid } from '../errors.ts'
import type { Scene } from '../world/items.ts'
import { entryOf, writeEntry } from '../world/lists.ts'
import { type Actor, type Collection, type Item, SYSTEM } from '../world/model.ts'
import { recordOf, writeRecord } from '../world/records.ts'
import type { World } from '../world/world.ts'

/** Common to all: which workspace (id or slug; the first one), and which member does it (id or e-mail; the first). */
export interface Where {
  workspace?: string
  actor?: string
}
export type Ref = { record: string }
export type Values = { values: Record<string, unknown> }
export type TaskArgs = {
  content?: string
  deadline?: string | null
  completed?: boolean
  records?: string[]
  assignees?: string[]
}

export type Desk = ReturnType<typeof deskOf>

export function deskOf(world: World) {
  const scene = (args: Where): Scene => ({ world, workspace: world.workspace(args.workspace) })
  const who = (args: Where): Actor => {
    const { members } = world.workspace(args.workspace)
    if (args.actor === 'system') return SYSTEM
    for (const member of members.values())
      if (args.actor === undefined || member.id === args.actor || member.email === args.actor)
        return { type: 'workspace-member', id: member.id }
    throw invalid(`No workspace member "${args.actor}".`)
  }
  const collectionOf = (args: Where, ref: string): Collection => {
    const { objects, lists } = world.workspace(args.workspace)
    for (const each of [...objects.values(), ...lists.values()]) if (each.id === ref || each.slug === ref) return each
    throw invalid(`No object or list "${ref}".`)
  }
  const homeOf = (args: Where, id: string): Collection => {
    const home = world.workspace(args.workspace).home.get(id)
    if (!home) throw invalid(`No record or entry "${id}".`)
    return home
  }
  const itemOf = (home: Collection, s: Scene, id: string): Item =>
    home.kind === 'list' ? entryOf(home, id) : recordOf(s, home, id, 400)
  const write = (args: Where, id: string, values: Record<string, unknown>, mode: 'replace' | 'prepend', by: Actor) => {
    const s = scene(args)
    const home = homeOf(args, id)
    const options = { by, lenient: true, mode }
    if (home.kind === 'list') writeEntry(s, home, id, values, options)
    else writeRecord(s, home, id, values, options)
    return { id }
  }
  return { world, scene, who, collectionOf, homeOf, itemOf, write }
}
