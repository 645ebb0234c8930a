/** A value as Attio writes it: the envelope, then the fields of its type with ids turned into slugs and titles. */
import type { Attribute, Collection, Option, Value, Workspace } from '../world/model.ts'
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

export function wireValue(workspace: Workspace, collection: Collection, attribute: Attribute, value: Value) {
  const envelope = {
    active_from: instant(value.from),
    active_until: value.until === null ? null : instant(value.until),
    created_by_actor: { type: value.by.type, id: value.by.id },
  }
  return { ...envelope, ...wireFields(workspace, collection, attribute, value) }
}

function wireFields(workspace: Workspace, collection: Collection, attribute: Attribute, value: Value) {
  const attribute_type = value.attribute_type
  switch (attribute_type) {
    case 'select': {
      const option = attribute.options.find((candidate) => candidate.id === value.option)
      return { option: option && wireOption(workspace, collection, attribute, option), attribute_type }
    }
    case 'status': {
      const status = attribute.options.find((candidate) => candidate.id === value.status)
      return { status: status && wireStatus(workspace, collection, attribute, status), attribute_type }
    }
    case 'record-reference': {
      const target = workspace.objects.get(value.object)
      return { target_object: target?.slug ?? value.object, target_record_id: value.record, attribute_type }
    }
    case 'opaque':
      return { ...value.fields, attribute_type: value.as }
    default: {
      const { from: _from, until: _until, by: _by, ...fields } = value
      return fields
    }
  }
}
