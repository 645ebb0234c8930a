/**
 * Every directory entry a record or a child may show: what the reverse index (name → records) is made of. join.ts asks for
 * these and no others, so a rename reaches every document that shows the name (R6).
 */
import { MAX_REFERENCES } from './artifact.ts'
import { nameKey } from './directory.ts'
import type { ChildContent, RecordContent } from './record.ts'
import type { Actor, Values } from './value.ts'

/** Keys of crm.names, without repetition. */
export function recordReferences(workspace: string, content: RecordContent): readonly string[] {
  const keys = new Set([nameKey(workspace, 'object', content.object)])
  addValues(keys, workspace, content.values)
  return [...keys]
}

export function childReferences(workspace: string, child: ChildContent): readonly string[] {
  const keys = new Set<string>()
  switch (child.kind) {
    case 'note':
      addActor(keys, workspace, child.author)
      break
    case 'task':
      addActor(keys, workspace, child.author)
      for (const assignee of child.assignees) addActor(keys, workspace, assignee)
      break
    case 'entry':
      keys.add(nameKey(workspace, 'list', child.list))
      addValues(keys, workspace, child.values)
      break
  }
  return [...keys]
}

/** Only members have a name of their own; Attio, keys and apps are shown by what they are. */
export function isMember(actor: Actor): actor is Actor & { readonly id: string } {
  return actor.type === 'workspace-member' && actor.id !== null
}

function addValues(keys: Set<string>, workspace: string, values: Values): void {
  for (const list of Object.values(values))
    for (const value of list.length > MAX_REFERENCES ? list.slice(0, MAX_REFERENCES) : list)
      if (value.kind === 'record-reference') keys.add(nameKey(workspace, 'record', value.record))
      else if (value.kind === 'actor-reference') addActor(keys, workspace, value.actor)
      else if (value.kind === 'interaction') addActor(keys, workspace, value.owner)
}

function addActor(keys: Set<string>, workspace: string, actor: Actor | null): void {
  if (actor !== null && isMember(actor)) keys.add(nameKey(workspace, 'member', actor.id))
}
