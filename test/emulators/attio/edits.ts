/**
 * What people do in Attio's own screens, by name and with plain JSON arguments: the vocabulary of tests, of the demo
 * and of the control plane. Every edit is by a workspace member unless it is the system's, and fires the events of it.
 */
import { ApiError, invalid } from './errors.ts'
import {
  createNote,
  createTask,
  deleteNote,
  deleteTask,
  editNote,
  editTask,
  moveNote,
  refOf,
  type TaskChange,
  taskOf,
} from './world/children.ts'
import { commentOf, createComment, deleteComment, resolveThread } from './world/comments.ts'
import { emit } from './world/events.ts'
import { rewriteHistory, type Version } from './world/history.ts'
import { activeOf, type Scene } from './world/items.ts'
import { addEntry, createList, deleteList, entryOf, removeEntry, writeEntry } from './world/lists.ts'
import { mergeRecords } from './world/merge.ts'
import { type Actor, type Collection, type Item, SYSTEM } from './world/model.ts'
import { createRecord, deleteRecord, recordOf, writeRecord } from './world/records.ts'
import {
  type AttributeSpec,
  addAttribute,
  addCollection,
  addOption,
  attributeOf,
  editAttribute,
  editOption,
  renameCollection,
} from './world/schema.ts'
import type { World } from './world/world.ts'

/** Common to all: which workspace (id or slug; the first one), and which member does it (id or e-mail; the first). */
export interface Where {
  workspace?: string
  actor?: string
}
type Ref = { record: string }
type Values = { values: Record<string, unknown> }
type TaskArgs = {
  content?: string
  deadline?: string | null
  completed?: boolean
  records?: string[]
  assignees?: string[]
}

export type Edits = ReturnType<typeof makeEdits>
export type EditName = keyof Edits

export function makeEdits(world: World) {
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
  const taskChange = (args: Where & TaskArgs): TaskChange => ({
    ...(args.content !== undefined && { content: args.content }),
    ...(args.deadline !== undefined && { deadline: args.deadline }),
    ...(args.completed !== undefined && { completed: args.completed }),
    ...(args.records !== undefined && { linked: args.records.map((id) => refOf(scene(args), id)) }),
    ...(args.assignees !== undefined && {
      assignees: args.assignees.map((id) => String(who({ ...args, actor: id }).id)),
    }),
  })
  const relink = (args: Where & { task: string; record: string }, link: boolean) => {
    const s = scene(args)
    const rest = taskOf(s, args.task).linked.filter((ref) => ref.record !== args.record)
    const linked = link ? [...rest, refOf(s, args.record)] : rest
    return { id: editTask(s, args.task, { linked }, who(args)).id }
  }
  const member = (args: Where & { member: string }) => {
    const { members } = world.workspace(args.workspace)
    const found = members.get(args.member) ?? [...members.values()].find((each) => each.email === args.member)
    if (!found) throw invalid(`No workspace member "${args.member}".`)
    return { members, found }
  }

  return {
    // Records and entries.
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

    // Lists.
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

    // Notes, tasks, comments.
    createNote: (args: Where & Ref & { title: string; content: string; format?: 'plaintext' | 'markdown' }) => {
      const s = scene(args)
      const text = { content: args.content, format: args.format ?? 'markdown' }
      return { id: createNote(s, { parent: refOf(s, args.record), title: args.title, text, by: who(args) }).id }
    },
    setNoteTitle: (args: Where & { note: string; title: string }) => ({
      id: editNote(scene(args), args.note, { title: args.title }, who(args)).id,
    }),
    setNoteBody: (args: Where & { note: string; content: string; format?: 'plaintext' | 'markdown' }) => ({
      id: editNote(
        scene(args),
        args.note,
        { text: { content: args.content, format: args.format ?? 'markdown' } },
        who(args),
      ).id,
    }),
    /** Silent: Attio documents no event for it. */
    moveNote: (args: Where & Ref & { note: string }) => ({
      id: moveNote(scene(args), args.note, refOf(scene(args), args.record)).id,
    }),
    deleteNote: (args: Where & { note: string }) => {
      deleteNote(scene(args), args.note, who(args))
      return {}
    },
    createTask: (args: Where & TaskArgs & { content: string }) => ({
      id: createTask(scene(args), { ...taskChange(args), by: who(args) }).id,
    }),
    updateTask: (args: Where & TaskArgs & { task: string }) => ({
      id: editTask(scene(args), args.task, taskChange(args), who(args)).id,
    }),
    completeTask: (args: Where & { task: string }) => ({
      id: editTask(scene(args), args.task, { completed: true }, who(args)).id,
    }),
    linkTask: (args: Where & Ref & { task: string }) => relink(args, true),
    unlinkTask: (args: Where & Ref & { task: string }) => relink(args, false),
    deleteTask: (args: Where & { task: string }) => {
      deleteTask(scene(args), args.task, who(args))
      return {}
    },
    createComment: (args: Where & { content: string; record?: string; entry?: string; thread?: string }) => {
      const s = scene(args)
      const author = who(args)
      if (args.entry !== undefined) {
        const list = homeOf(args, args.entry)
        const parent = entryOf(list, args.entry).parent
        if (!parent) throw invalid(`"${args.entry}" is not an entry.`)
        const entry = { list: list.id, entry: args.entry }
        return { id: createComment(s, { content: args.content, author, record: parent, entry }).id }
      }
      const thread = args.thread === undefined ? {} : { thread: args.thread }
      return {
        id: createComment(s, { content: args.content, author, record: refOf(s, args.record ?? ''), ...thread }).id,
      }
    },
    resolveComment: (args: Where & { comment: string }) => ({
      id: resolveThread(scene(args), args.comment, true, who(args)).id,
    }),
    unresolveComment: (args: Where & { comment: string }) => ({
      id: resolveThread(scene(args), args.comment, false, who(args)).id,
    }),
    deleteComment: (args: Where & { comment: string }) => {
      deleteComment(scene(args), commentOf(scene(args), args.comment).id, who(args))
      return {}
    },

    // The schema.
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

    // People and access.
    addMember: (args: Where & { first: string; last: string; email: string; access?: 'admin' | 'member' }) => {
      const s = scene(args)
      const id = world.uuid()
      const { first, last, email, access = 'member' } = args
      s.workspace.members.set(id, { id, first, last, email, avatar: null, access, createdAt: world.now() })
      emit(s, 'workspace-member.created', { workspace_member_id: id }, SYSTEM)
      return { id }
    },
    /** Silent, like everything about members but their arrival. */
    renameMember: (args: Where & { member: string; first: string; last: string }) => {
      const { members, found } = member(args)
      members.set(found.id, { ...found, first: args.first, last: args.last })
      return { id: found.id }
    },
    suspendMember: (args: Where & { member: string }) => {
      const { members, found } = member(args)
      members.set(found.id, { ...found, access: 'suspended' })
      return { id: found.id }
    },
    revokeToken: (args: { token: string }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.revoked = true
      return {}
    },
    restoreToken: (args: { token: string }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.revoked = false
      return {}
    },
    setScopes: (args: { token: string; scopes: string[] }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.scopes = args.scopes
      return {}
    },
    /** Any status, documented or not. */
    setWebhookStatus: (args: Where & { webhook: string; status: string }) => {
      const webhook = world.workspace(args.workspace).webhooks.get(args.webhook)
      if (!webhook) throw invalid(`No webhook "${args.webhook}".`)
      webhook.status = args.status
      webhook.degradedAt = args.status === 'degraded' ? world.now() : null
      return {}
    },
  }
}
