/**
 * A value as Attio writes it: the envelope, then the fields of its type with ids turned into slugs and titles.
 * Written as JSON text by hand, because a backfill of a large workspace spends most of its time here.
 */
import type { Actor, Attribute, Collection, Option, Value, Workspace } from '../world/model.ts'
import { instant } from '../world/time.ts'

export function wireStatus(workspace: Workspace, collection: Collection, attribute: Attribute, option: Option) {
  return {
    id: ids(workspace, collection, attribute, 'status_id', option.id),
    title: option.title,
    is_archived: option.archived,
    celebration_enabled: option.celebration,
    target_time_in_status: option.target,
  }
}

export function wireOption(workspace: Workspace, collection: Collection, attribute: Attribute, option: Option) {
  return {
    id: ids(workspace, collection, attribute, 'option_id', option.id),
    title: option.title,
    is_archived: option.archived,
  }
}

function ids(workspace: Workspace, collection: Collection, attribute: Attribute, name: string, id: string) {
  return { workspace_id: workspace.id, object_id: collection.id, attribute_id: attribute.id, [name]: id }
}

export const wireValue = (workspace: Workspace, collection: Collection, attribute: Attribute, value: Value): unknown =>
  JSON.parse(valueJson(workspace, collection, attribute, value))

export function valueJson(workspace: Workspace, collection: Collection, attribute: Attribute, value: Value): string {
  const until = value.until === null ? 'null' : `"${instant(value.until)}"`
  const fields = fieldsJson(workspace, collection, attribute, value)
  return `{"active_from":"${instant(value.from)}","active_until":${until},"created_by_actor":${actorJson(value.by)},${fields}}`
}

const actors = new WeakMap<Actor, string>()

export function actorJson(actor: Actor): string {
  const known = actors.get(actor)
  if (known !== undefined) return known
  const json = JSON.stringify({ type: actor.type, id: actor.id })
  actors.set(actor, json)
  return json
}

/** Titles are embedded: the text of one option of one attribute, until either is replaced. */
const choices = new WeakMap<Option, { readonly attribute: Attribute; readonly json: string }>()

function choiceJson(workspace: Workspace, collection: Collection, attribute: Attribute, id: string): string {
  const option = attribute.options.find((candidate) => candidate.id === id)
  if (!option) return 'null'
  const known = choices.get(option)
  if (known?.attribute === attribute) return known.json
  const wire = attribute.type === 'status' ? wireStatus : wireOption
  const json = JSON.stringify(wire(workspace, collection, attribute, option))
  choices.set(option, { attribute, json })
  return json
}

/** Everything after the envelope, without the closing brace. */
function fieldsJson(workspace: Workspace, collection: Collection, attribute: Attribute, value: Value): string {
  switch (value.attribute_type) {
    case 'text':
    case 'date':
    case 'timestamp':
      return `"value":${JSON.stringify(value.value)},"attribute_type":"${value.attribute_type}"`
    case 'select':
      return `"option":${choiceJson(workspace, collection, attribute, value.option)},"attribute_type":"select"`
    case 'status':
      return `"status":${choiceJson(workspace, collection, attribute, value.status)},"attribute_type":"status"`
    case 'record-reference': {
      const target = JSON.stringify(workspace.objects.get(value.object)?.slug ?? value.object)
      return `"target_object":${target},"target_record_id":"${value.record}","attribute_type":"record-reference"`
    }
    case 'opaque':
      return JSON.stringify({ ...value.fields, attribute_type: value.as }).slice(1, -1)
    default: {
      const { from: _from, until: _until, by: _by, ...fields } = value
      return JSON.stringify(fields).slice(1, -1)
    }
  }
}
