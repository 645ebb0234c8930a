/** Edits of records and list entries. */
import { rewriteHistory, type Version } from '../world/history.ts'
import { activeOf } from '../world/items.ts'
import { addEntry, createList, deleteList, removeEntry } from '../world/lists.ts'
import { mergeRecords } from '../world/merge.ts'
import { SYSTEM } from '../world/model.ts'
import { createRecord, deleteRecord } from '../world/records.ts'
import { type AttributeSpec, addAttribute, attributeOf, renameCollection } from '../world/schema.ts'
import type { Desk, Ref, Values, Where } from './desk.ts'

export function recordEdits({ scene, who, collectionOf, homeOf, itemOf, write }: Desk) {
  const reference = (
    args: Where & Ref & { attribute: string; target: string },
    change: (held: string[]) => string[],
  ) => {
    const home = homeOf(args, args.record)
    const slot = home.index.get(attributeOf(home, args.attribute).id) as number
    const s = scene(args)
    const held = activeOf(itemOf(home, s, args.record), slot)
    const ids = held.flatMap((value) => (value.attribute_type === 'record-reference' ? [value.record] : []))
    return write(args, args.record, { [args.attribute]: change(ids) }, 'replace', who(args))
  }
  return {
    createRecord: (args: Where & Values & { object: string; at?: number }) => {
      const object = collectionOf(args, args.object)
      const options = { by: who(args), lenient: true, ...(args.at === undefined ? {} : { at: args.at }) }
      return { id: createRecord(scene(args), object, args.values, options).id }
    },
    /** Multiselect values are put before the existing ones. */
    patchRecord: (args: Where & Ref & Values) => write(args, args.record, args.values, 'prepend', who(args)),
    /** Values become exactly these. */
    setValues: (args: Where & Ref & Values) => write(args, args.record, args.values, 'replace', who(args)),
    clearValue: (args: Where & Ref & { attribute: string }) =>
      write(args, args.record, { [args.attribute]: [] }, 'replace', who(args)),
    renameRecord: (args: Where & Ref & { name: string }) =>
      write(args, args.record, { name: args.name }, 'replace', who(args)),
    /** What Attio's enrichment does by itself: actor system. */
    enrich: (args: Where & Ref & Values) => write(args, args.record, args.values, 'replace', SYSTEM),
    deleteRecord: (args: Where & Ref) => {
      deleteRecord(scene(args), homeOf(args, args.record), args.record, who(args))
      return {}
    },
    mergeRecords: (args: Where & { primary: string; secondary: string }) =>
      mergeRecords(scene(args), homeOf(args, args.primary), args.primary, args.secondary, who(args)),
    linkRecords: (args: Where & Ref & { attribute: string; target: string }) =>
      reference(args, (held) => {
        const home = homeOf(args, args.record)
        return attributeOf(home, args.attribute).multi
          ? [...held.filter((id) => id !== args.target), args.target]
          : [args.target]
      }),
    unlinkRecords: (args: Where & Ref & { attribute: string; target: string }) =>
      reference(args, (held) => held.filter((id) => id !== args.target)),
    /** Silent: no event tells of it. */
    rewriteHistory: (args: Where & Ref & { attribute: string; versions: Version[] }) => {
      const home = homeOf(args, args.record)
      const s = scene(args)
      const slot = home.index.get(attributeOf(home, args.attribute).id) as number
      rewriteHistory(s, home, itemOf(home, s, args.record), slot, args.versions, who(args))
      return {}
    },
    /** Many records at once, each its own edit: `values` for each of `records`. */
    bulkPatch: (args: Where & Values & { records: string[] }) => {
      const by = who(args)
      for (const record of args.records) write(args, record, args.values, 'replace', by)
      return { changed: args.records.length }
    },
  }
}

export function listEdits({ world, scene, who, collectionOf, homeOf, write }: Desk) {
  return {
    addEntry: (args: Where & Ref & { list: string; values?: Record<string, unknown> }) => {
      const options = { by: who(args), lenient: true }
      return { id: addEntry(scene(args), collectionOf(args, args.list), args, args.values ?? {}, options).id }
    },
    patchEntry: (args: Where & Values & { entry: string }) =>
      write(args, args.entry, args.values, 'replace', who(args)),
    removeEntry: (args: Where & { entry: string }) => {
      removeEntry(scene(args), homeOf(args, args.entry), args.entry, who(args))
      return {}
    },
    createList: (args: Where & { slug: string; name: string; object: string; attributes?: AttributeSpec[] }) => {
      const by = who(args)
      const parentObject = collectionOf(args, args.object).id
      const list = createList(scene(args), { slug: args.slug, name: args.name, parentObject, by })
      for (const spec of args.attributes ?? []) addAttribute(scene(args), list, spec, by)
      return { id: list.id }
    },
    renameList: (args: Where & { list: string; name: string }) => {
      renameCollection(
        scene(args),
        collectionOf(args, args.list),
        { singular: args.name, plural: args.name },
        who(args),
      )
      return {}
    },
    deleteList: (args: Where & { list: string }) => {
      world.batch(() => deleteList(scene(args), collectionOf(args, args.list), who(args)))
      return {}
    },
  }
}
