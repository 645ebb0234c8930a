/**
 * Objects, lists, attributes and options: making them, and the edits an admin does to them.
 * Whatever is embedded in the JSON of records (slugs, titles, attributes) raises the collection's revision.
 */
import { ApiError, invalid, notFound } from '../errors.ts'
import { attributeEvent, emit } from './events.ts'
import type { Scene } from './items.ts'
import type { Actor, Attribute, Collection, Option } from './model.ts'
import { SYSTEM } from './model.ts'
import { Ordered } from './ordered.ts'

export interface AttributeSpec {
  readonly slug: string
  readonly title?: string
  readonly type: string
  readonly description?: string
  readonly multi?: boolean
  readonly unique?: boolean
  readonly required?: boolean
  readonly writable?: boolean
  readonly enriched?: boolean
  readonly system?: boolean
  readonly archived?: boolean
  readonly virtual?: boolean
  readonly currency?: string
  readonly objects?: readonly string[]
  readonly options?: readonly (string | Partial<Option>)[]
  readonly defaultValue?: unknown
  readonly formula?: Attribute['formula']
}

export const titleOf = (slug: string): string => {
  const words = slug.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function addCollection(
  scene: Scene,
  spec: {
    kind: 'object' | 'list'
    slug: string
    singular: string
    plural: string
    standard?: boolean
    enabled?: boolean
    createdAt?: number
    parentObject?: string
    by?: Actor
    access?: Collection['access']
  },
): Collection {
  const holder = spec.kind === 'object' ? scene.workspace.objects : scene.workspace.lists
  for (const other of holder.values())
    if (other.slug === spec.slug)
      throw new ApiError(409, 'slug_conflict', `The slug "${spec.slug}" is already in use by another ${spec.kind}.`)
  const collection: Collection = {
    kind: spec.kind,
    id: scene.world.uuid(),
    slug: spec.slug,
    singular: spec.singular,
    plural: spec.plural,
    createdAt: spec.createdAt ?? scene.world.now(),
    createdBy: spec.by ?? SYSTEM,
    standard: spec.standard ?? false,
    enabled: spec.enabled ?? true,
    attributes: [],
    index: new Map(),
    revision: 0,
    items: new Ordered(),
    unique: new Map(),
    parentObject: spec.parentObject ?? null,
    access: spec.access ?? { workspace: 'full-access', members: [] },
  }
  holder.set(collection.id, collection)
  const virtual = { virtual: true, writable: false, system: true }
  if (spec.kind === 'object')
    addAttribute(scene, collection, { slug: 'record_id', title: 'Record ID', type: 'text', unique: true, ...virtual })
  else {
    addAttribute(scene, collection, { slug: 'entry_id', title: 'Entry ID', type: 'text', unique: true, ...virtual })
    const parent = spec.parentObject ? { objects: [spec.parentObject] } : {}
    addAttribute(scene, collection, { slug: 'parent_record', type: 'record-reference', ...virtual, ...parent })
  }
  addAttribute(scene, collection, { slug: 'created_at', type: 'timestamp', ...virtual })
  addAttribute(scene, collection, { slug: 'created_by', type: 'actor-reference', ...virtual })
  return collection
}

export function addAttribute(scene: Scene, collection: Collection, spec: AttributeSpec, by?: Actor): Attribute {
  if (collection.index.has(spec.slug))
    throw new ApiError(409, 'slug_conflict', `An attribute with slug "${spec.slug}" already exists.`)
  const attribute: Attribute = {
    id: scene.world.uuid(),
    slug: spec.slug,
    title: spec.title ?? titleOf(spec.slug),
    description: spec.description ?? null,
    type: spec.type,
    system: spec.system ?? false,
    writable: spec.writable ?? true,
    required: spec.required ?? false,
    unique: spec.unique ?? false,
    multi: spec.multi ?? false,
    archived: spec.archived ?? false,
    enriched: spec.enriched ?? false,
    createdAt: Math.max(collection.createdAt, scene.world.seeding ? collection.createdAt : scene.world.now()),
    defaultValue: spec.defaultValue ?? null,
    currencyCode: spec.type === 'currency' ? (spec.currency ?? 'USD') : null,
    currencyDisplay: spec.type === 'currency' ? 'symbol' : null,
    allowedObjects: spec.objects ?? null,
    relationship: null,
    options: (spec.options ?? []).map((option) => makeOption(scene, option)),
    formula: spec.formula ?? null,
    virtual: spec.virtual ?? false,
  }
  collection.attributes.push(attribute)
  reindex(collection)
  if (by) attributeEvent(scene, collection, 'created', attribute, by)
  return attribute
}

/** Ties two reference attributes together as the two ends of one relationship. */
export function relate(a: Collection, slugA: string, b: Collection, slugB: string): void {
  const left = attributeOf(a, slugA)
  const right = attributeOf(b, slugB)
  putAttribute(a, { ...left, allowedObjects: [b.id], relationship: { object: b.id, attribute: right.id } })
  putAttribute(b, { ...right, allowedObjects: [a.id], relationship: { object: a.id, attribute: left.id } })
}

export function attributeOf(collection: Collection, ref: string): Attribute {
  const slot = collection.index.get(ref)
  const attribute = slot === undefined ? undefined : collection.attributes[slot]
  if (!attribute) throw notFound(`Could not find attribute with slug/ID "${ref}".`)
  return attribute
}

export function editAttribute(
  scene: Scene,
  collection: Collection,
  ref: string,
  change: Partial<Pick<Attribute, 'title' | 'slug' | 'description' | 'archived' | 'required' | 'unique'>>,
  by: Actor,
): Attribute {
  const attribute = attributeOf(collection, ref)
  if (change.slug !== undefined && change.slug !== attribute.slug && collection.index.has(change.slug))
    throw new ApiError(409, 'slug_conflict', `An attribute with slug "${change.slug}" already exists.`)
  const next = { ...attribute, ...change }
  putAttribute(collection, next)
  attributeEvent(scene, collection, 'updated', next, by)
  return next
}

export function makeOption(scene: Scene, given: string | Partial<Option>): Option {
  const spec = typeof given === 'string' ? { title: given } : given
  return {
    id: spec.id ?? scene.world.uuid(),
    title: spec.title ?? 'Untitled',
    archived: spec.archived ?? false,
    celebration: spec.celebration ?? false,
    target: spec.target ?? null,
  }
}

export function addOption(scene: Scene, collection: Collection, ref: string, given: Partial<Option>): Option {
  const attribute = selectable(collection, ref)
  if (attribute.options.some((option) => option.title === given.title))
    throw new ApiError(409, 'slug_conflict', `An option with title "${given.title}" already exists.`)
  const option = makeOption(scene, given)
  putAttribute(collection, { ...attribute, options: [...attribute.options, option] })
  return option
}

/** Renames or archives an option or status, in place: values keep pointing at it, and no event says so. */
export function editOption(collection: Collection, ref: string, optionRef: string, change: Partial<Option>): Option {
  const attribute = selectable(collection, ref)
  const option = optionOf(attribute, optionRef)
  if (change.title !== undefined && attribute.options.some((other) => other !== option && other.title === change.title))
    throw new ApiError(409, 'slug_conflict', `An option with title "${change.title}" already exists.`)
  const next = { ...option, ...change, id: option.id }
  putAttribute(collection, {
    ...attribute,
    options: attribute.options.map((other) => (other === option ? next : other)),
  })
  return next
}

export function optionOf(attribute: Attribute, ref: string): Option {
  const option = attribute.options.find((candidate) => candidate.id === ref || candidate.title === ref)
  if (!option) throw notFound(`Could not find option "${ref}" on attribute "${attribute.slug}".`)
  return option
}

function selectable(collection: Collection, ref: string): Attribute {
  const attribute = attributeOf(collection, ref)
  if (attribute.type !== 'select' && attribute.type !== 'status')
    throw invalid(`Attribute "${attribute.slug}" is not a select or status attribute.`)
  return attribute
}

function putAttribute(collection: Collection, next: Attribute): void {
  collection.attributes = collection.attributes.map((other) => (other.id === next.id ? next : other))
  reindex(collection)
}

function reindex(collection: Collection): void {
  collection.index = new Map()
  collection.attributes.forEach((attribute, slot) => {
    collection.index.set(attribute.slug, slot)
    collection.index.set(attribute.id, slot)
  })
  collection.revision++
}

/** A new slug or name for an object or list; JSON of records that refer to it changes with the slug. */
export function renameCollection(
  scene: Scene,
  collection: Collection,
  change: { slug?: string; singular?: string; plural?: string },
  by: Actor,
): void {
  if (change.slug !== undefined) collection.slug = change.slug
  if (change.singular !== undefined) collection.singular = change.singular
  if (change.plural !== undefined) collection.plural = change.plural
  for (const each of [...scene.workspace.objects.values(), ...scene.workspace.lists.values()]) each.revision++
  if (collection.kind === 'list') emit(scene, 'list.updated', { list_id: collection.id }, by)
}
