/** Edits of notes, tasks and comments. */
import { invalid } from '../errors.ts'
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
} from '../world/children.ts'
import { commentOf, createComment, deleteComment, resolveThread } from '../world/comments.ts'
import { entryOf } from '../world/lists.ts'
import type { Desk, Ref, TaskArgs, Where } from './desk.ts'

export function childEdits({ scene, who, homeOf }: Desk) {
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
  return {
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
  }
}
