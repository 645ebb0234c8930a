/** Edits of objects, attributes and options: what an admin does in the settings. */
import {
  type AttributeSpec,
  addAttribute,
  addCollection,
  addOption,
  editAttribute,
  editOption,
  renameCollection,
} from '../world/schema.ts'
import type { Desk, Where } from './desk.ts'

export function schemaEdits({ scene, who, collectionOf }: Desk) {
  return {
    createObject: (args: Where & { slug: string; singular: string; plural: string; attributes?: AttributeSpec[] }) => {
      const by = who(args)
      const object = addCollection(scene(args), {
        kind: 'object',
        slug: args.slug,
        singular: args.singular,
        plural: args.plural,
        by,
      })
      for (const spec of args.attributes ?? []) addAttribute(scene(args), object, spec, by)
      return { id: object.id }
    },
    renameObject: (args: Where & { object: string; slug?: string; singular?: string; plural?: string }) => {
      const { slug, singular, plural } = args
      renameCollection(
        scene(args),
        collectionOf(args, args.object),
        { ...(slug && { slug }), ...(singular && { singular }), ...(plural && { plural }) },
        who(args),
      )
      return {}
    },
    enableObject: (args: Where & { object: string }) => {
      collectionOf(args, args.object).enabled = true
      return {}
    },
    disableObject: (args: Where & { object: string }) => {
      collectionOf(args, args.object).enabled = false
      return {}
    },
    /** `in` is an object or a list. A type nobody knows is allowed: its values are whatever is written. */
    createAttribute: (args: Where & { in: string } & AttributeSpec) => {
      const { in: holder, workspace: _workspace, actor: _actor, ...spec } = args
      return { id: addAttribute(scene(args), collectionOf(args, holder), spec, who(args)).id }
    },
    renameAttribute: (args: Where & { in: string; attribute: string; title?: string; slug?: string }) => {
      const change = {
        ...(args.title !== undefined && { title: args.title }),
        ...(args.slug !== undefined && { slug: args.slug }),
      }
      return { id: editAttribute(scene(args), collectionOf(args, args.in), args.attribute, change, who(args)).id }
    },
    archiveAttribute: (args: Where & { in: string; attribute: string; archived?: boolean }) => {
      const change = { archived: args.archived ?? true }
      return { id: editAttribute(scene(args), collectionOf(args, args.in), args.attribute, change, who(args)).id }
    },
    addOption: (args: Where & { in: string; attribute: string; title: string }) => ({
      id: addOption(scene(args), collectionOf(args, args.in), args.attribute, { title: args.title }).id,
    }),
    /** Options and statuses; silent, and values show the new title at once. */
    renameOption: (args: Where & { in: string; attribute: string; option: string; title: string }) => ({
      id: editOption(collectionOf(args, args.in), args.attribute, args.option, { title: args.title }).id,
    }),
    archiveOption: (args: Where & { in: string; attribute: string; option: string; archived?: boolean }) => ({
      id: editOption(collectionOf(args, args.in), args.attribute, args.option, { archived: args.archived ?? true }).id,
    }),
  }
}
