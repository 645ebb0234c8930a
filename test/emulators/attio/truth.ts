/** The truth, for oracles: any part of a workspace as Attio would write it, past limits, snapshots and faults. */
import { invalid } from './errors.ts'
import { wireItem } from './wire/items.ts'
import {
  wireAttribute,
  wireComment,
  wireList,
  wireMember,
  wireNote,
  wireObject,
  wireTask,
  wireWebhook,
} from './wire/things.ts'
import type { Workspace } from './world/model.ts'
import type { World } from './world/world.ts'

export const TRUTHS = [
  'ids',
  'records',
  'entries',
  'notes',
  'tasks',
  'comments',
  'members',
  'objects',
  'lists',
  'attributes',
  'webhooks',
  'one',
] as const
export type TruthKind = (typeof TRUTHS)[number]

export interface TruthQuery {
  readonly workspace?: string | undefined
  readonly kind: string
  /** Slug or id of an object or list. */
  readonly in?: string | undefined
  /** Of a record, entry, note, task or comment. */
  readonly id?: string | undefined
  readonly offset?: number
  readonly limit?: number
}

function collectionOf(workspace: Workspace, ref: string | undefined) {
  for (const each of [...workspace.objects.values(), ...workspace.lists.values()])
    if (each.id === ref || each.slug === ref) return each
  throw invalid(`No object or list "${ref}".`)
}

export function truth(world: World, query: TruthQuery): unknown {
  const workspace = world.workspace(query.workspace)
  const offset = query.offset ?? 0
  const cut = <T>(list: readonly T[]): T[] => list.slice(offset, offset + (query.limit ?? Infinity))
  switch (query.kind) {
    case 'ids':
      return idsOf(workspace)
    case 'records':
    case 'entries': {
      const collection = collectionOf(workspace, query.in)
      return cut([...collection.items.values()]).map((item) => wireItem(workspace, collection, item))
    }
    case 'notes':
      return cut([...workspace.notes.values()]).map((note) => wireNote(workspace, note))
    case 'tasks':
      return cut([...workspace.tasks.values()]).map((task) => wireTask(workspace, task))
    case 'comments':
      return cut([...workspace.comments.values()]).map((comment) => wireComment(workspace, comment))
    case 'members':
      return [...workspace.members.values()].map((member) => wireMember(workspace, member))
    case 'objects':
      return [...workspace.objects.values()].map((object) => ({
        ...wireObject(workspace, object),
        enabled: object.enabled,
      }))
    case 'lists':
      return [...workspace.lists.values()].map((list) => wireList(workspace, list))
    case 'attributes': {
      const collection = collectionOf(workspace, query.in)
      return collection.attributes.map((attribute) => wireAttribute(workspace, collection, attribute))
    }
    case 'webhooks':
      return [...workspace.webhooks.values()].map((webhook) => wireWebhook(workspace, webhook))
    case 'one':
      return oneOf(workspace, query.id ?? '')
    default:
      throw invalid(`No truth "${query.kind}"; there are ${TRUTHS.join(', ')}.`)
  }
}

/** Every id there is: records by object slug, entries by list slug, notes, tasks. */
function idsOf(workspace: Workspace) {
  const ids = (collections: Iterable<{ slug: string; items: { values(): Iterable<{ id: string }> } }>) =>
    Object.fromEntries([...collections].map((each) => [each.slug, [...each.items.values()].map((item) => item.id)]))
  return {
    records: ids([...workspace.objects.values()].filter((object) => object.enabled)),
    entries: ids(workspace.lists.values()),
    notes: [...workspace.notes.values()].map((note) => note.id),
    tasks: [...workspace.tasks.values()].map((task) => task.id),
  }
}

function oneOf(workspace: Workspace, id: string): unknown {
  const home = workspace.home.get(id)
  const item = home?.items.get(id)
  if (home && item) return wireItem(workspace, home, item)
  const note = workspace.notes.get(id)
  if (note) return wireNote(workspace, note)
  const task = workspace.tasks.get(id)
  if (task) return wireTask(workspace, task)
  const comment = workspace.comments.get(id)
  return comment ? wireComment(workspace, comment) : null
}
