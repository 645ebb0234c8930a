/** Objects, lists, attributes, options and statuses over REST. */

import { invalid, noObject, notFound } from '../errors.ts'
import { type Call, dataOf, flagParam, optionalText, type Route, sliceOf, textOf, wholeParam } from '../http/call.ts'
import { wireAttribute, wireList, wireObject } from '../wire/things.ts'
import { wireOption, wireStatus } from '../wire/values.ts'
import { createList } from '../world/lists.ts'
import type { Attribute, Collection } from '../world/model.ts'
import {
  addAttribute,
  addCollection,
  addOption,
  attributeOf,
  editAttribute,
  editOption,
  renameCollection,
} from '../world/schema.ts'
import { listOf, objectOf } from '../world/world.ts'

const READ = ['object_configuration:read']
const WRITE = ['object_configuration:read-write']

const object: Route[] = [
  {
    method: 'GET',
    path: '/v2/objects',
    scopes: READ,
    budgets: ['read'],
    run: ({ scene: { workspace } }) => ({
      json: {
        data: [...workspace.objects.values()].filter((each) => each.enabled).map((each) => wireObject(workspace, each)),
      },
    }),
  },
  {
    method: 'GET',
    path: '/v2/objects/:object',
    scopes: READ,
    budgets: ['read'],
    run: ({ scene: { workspace }, params }) => {
      const found = objectOf(workspace, params.object ?? '')
      return { json: { data: wireObject(workspace, found) } }
    },
  },
  {
    method: 'POST',
    path: '/v2/objects',
    scopes: WRITE,
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const spec = {
        slug: textOf(data, 'api_slug'),
        singular: textOf(data, 'singular_noun'),
        plural: textOf(data, 'plural_noun'),
      }
      const made = addCollection(call.scene, { kind: 'object', ...spec, by: call.by })
      return { json: { data: wireObject(call.scene.workspace, made) } }
    },
  },
  {
    method: 'PATCH',
    path: '/v2/objects/:object',
    scopes: WRITE,
    budgets: ['write'],
    run: (call) => {
      const found = objectOf(call.scene.workspace, call.params.object ?? '')
      const data = dataOf(call)
      const slug = optionalText(data, 'api_slug')
      const singular = optionalText(data, 'singular_noun')
      const plural = optionalText(data, 'plural_noun')
      const change = { ...(slug && { slug }), ...(singular && { singular }), ...(plural && { plural }) }
      renameCollection(call.scene, found, change, call.by)
      return { json: { data: wireObject(call.scene.workspace, found) } }
    },
  },
]

const list: Route[] = [
  {
    method: 'GET',
    path: '/v2/lists',
    scopes: ['list_configuration:read'],
    budgets: ['read'],
    run: ({ scene: { workspace } }) => ({
      json: { data: [...workspace.lists.values()].map((each) => wireList(workspace, each)) },
    }),
  },
  {
    method: 'GET',
    path: '/v2/lists/:list',
    scopes: ['list_configuration:read'],
    budgets: ['read'],
    run: ({ scene: { workspace }, params }) => ({
      json: { data: wireList(workspace, listOf(workspace, params.list ?? '')) },
    }),
  },
  {
    method: 'POST',
    path: '/v2/lists',
    scopes: ['list_configuration:read-write'],
    budgets: ['write'],
    run: (call) => {
      const data = dataOf(call)
      const parent = objectOf(call.scene.workspace, textOf(data, 'parent_object'))
      const made = createList(call.scene, {
        slug: textOf(data, 'api_slug'),
        name: textOf(data, 'name'),
        parentObject: parent.id,
        by: call.by,
      })
      return { json: { data: wireList(call.scene.workspace, made) } }
    },
  },
  {
    method: 'PATCH',
    path: '/v2/lists/:list',
    scopes: ['list_configuration:read-write'],
    budgets: ['write'],
    run: (call) => {
      const found = listOf(call.scene.workspace, call.params.list ?? '')
      const data = dataOf(call)
      const name = optionalText(data, 'name')
      const slug = optionalText(data, 'api_slug')
      renameCollection(
        call.scene,
        found,
        { ...(name && { singular: name, plural: name }), ...(slug && { slug }) },
        call.by,
      )
      return { json: { data: wireList(call.scene.workspace, found) } }
    },
  },
]

function attributes(target: 'objects' | 'lists'): Route[] {
  const base = `/v2/${target}/:identifier/attributes`
  const contract = '/v2/{target}/{identifier}/attributes'
  const holder = (call: Call): Collection => {
    const ref = call.params.identifier ?? ''
    return target === 'objects' ? objectOf(call.scene.workspace, ref) : listOf(call.scene.workspace, ref)
  }
  const found = (call: Call): Attribute => attributeOf(holder(call), call.params.attribute ?? '')
  const choices = (call: Call, type: 'select' | 'status') => {
    const attribute = found(call)
    if (attribute.type !== type) throw notFound(`Attribute "${attribute.slug}" is not a ${type} attribute.`)
    const archived = flagParam(call, 'show_archived')
    const wire = type === 'select' ? wireOption : wireStatus
    const shown = attribute.options.filter((option) => archived || !option.archived)
    return { json: { data: shown.map((option) => wire(call.scene.workspace, holder(call), attribute, option)) } }
  }
  const writeChoice = (call: Call, type: 'select' | 'status', ref?: string) => {
    const data = dataOf(call)
    const change = {
      ...(data.title !== undefined && { title: textOf(data, 'title') }),
      ...(data.is_archived !== undefined && { archived: data.is_archived === true }),
      ...(data.celebration_enabled !== undefined && { celebration: data.celebration_enabled === true }),
      ...(data.target_time_in_status !== undefined && { target: optionalText(data, 'target_time_in_status') ?? null }),
    }
    const slug = call.params.attribute ?? ''
    const option =
      ref === undefined
        ? addOption(call.scene, holder(call), slug, { title: textOf(data, 'title'), ...change })
        : editOption(holder(call), slug, ref, change)
    const wire = type === 'select' ? wireOption : wireStatus
    return { json: { data: wire(call.scene.workspace, holder(call), found(call), option) } }
  }
  const choice = (type: 'select' | 'status', plural: 'options' | 'statuses', param: 'option' | 'status'): Route[] => [
    {
      method: 'GET',
      path: `${base}/:attribute/${plural}`,
      contract: `${contract}/{attribute}/${plural}`,
      scopes: READ,
      budgets: ['read'],
      run: (call) => choices(call, type),
    },
    {
      method: 'POST',
      path: `${base}/:attribute/${plural}`,
      contract: `${contract}/{attribute}/${plural}`,
      scopes: WRITE,
      budgets: ['write'],
      run: (call) => writeChoice(call, type),
    },
    {
      method: 'PATCH',
      path: `${base}/:attribute/${plural}/:${param}`,
      contract: `${contract}/{attribute}/${plural}/{${param}}`,
      scopes: WRITE,
      budgets: ['write'],
      run: (call) => writeChoice(call, type, call.params[param] ?? ''),
    },
  ]
  return [
    {
      method: 'GET',
      path: base,
      contract,
      scopes: READ,
      budgets: ['read'],
      run: (call) => {
        const archived = flagParam(call, 'show_archived')
        const collection = holder(call)
        const shown = collection.attributes.filter((attribute) => archived || !attribute.archived)
        const page = sliceOf(shown, wholeParam(call, 'offset', 0), wholeParam(call, 'limit', 500))
        return { json: { data: page.map((attribute) => wireAttribute(call.scene.workspace, collection, attribute)) } }
      },
    },
    {
      method: 'GET',
      path: `${base}/:attribute`,
      contract: `${contract}/{attribute}`,
      scopes: READ,
      budgets: ['read'],
      run: (call) => ({ json: { data: wireAttribute(call.scene.workspace, holder(call), found(call)) } }),
    },
    {
      method: 'POST',
      path: base,
      contract,
      scopes: WRITE,
      budgets: ['write'],
      run: (call) => {
        const data = dataOf(call)
        const type = textOf(data, 'type')
        const allowed = (data.config as { record_reference?: { allowed_objects?: string[] } } | undefined)
          ?.record_reference?.allowed_objects
        const objects = allowed?.map((ref) => {
          const target = [...call.scene.workspace.objects.values()].find((each) => each.id === ref || each.slug === ref)
          if (!target) throw noObject(ref)
          return target.id
        })
        if (type === 'interaction') throw invalid('Attributes of type "interaction" cannot be created.')
        const spec = {
          slug: textOf(data, 'api_slug'),
          title: textOf(data, 'title'),
          type,
          multi: data.is_multiselect === true,
          unique: data.is_unique === true,
          required: data.is_required === true,
          ...(objects && { objects }),
        }
        const made = addAttribute(call.scene, holder(call), spec, call.by)
        return { json: { data: wireAttribute(call.scene.workspace, holder(call), made) } }
      },
    },
    {
      method: 'PATCH',
      path: `${base}/:attribute`,
      contract: `${contract}/{attribute}`,
      scopes: WRITE,
      budgets: ['write'],
      run: (call) => {
        const data = dataOf(call)
        const change = {
          ...(data.title !== undefined && { title: textOf(data, 'title') }),
          ...(data.api_slug !== undefined && { slug: textOf(data, 'api_slug') }),
          ...(data.is_archived !== undefined && { archived: data.is_archived === true }),
        }
        const next = editAttribute(call.scene, holder(call), call.params.attribute ?? '', change, call.by)
        return { json: { data: wireAttribute(call.scene.workspace, holder(call), next) } }
      },
    },
    ...choice('select', 'options', 'option'),
    ...choice('status', 'statuses', 'status'),
  ]
}

export const schemaRoutes: readonly Route[] = [...object, ...list, ...attributes('objects'), ...attributes('lists')]
