/** Walks in memory, for tests and simulations: gone with the process. */
import { DIRECTORY, type PlannedStream } from './stream.ts'
import { isOver, type RunKind, type Since, type Summary, type Walk, type WalkKey, type Walks } from './walks.ts'

interface Run {
  readonly workspace: string
  readonly run: string
  readonly kind: RunKind
  since: Since | null
  summary: Summary | null
}

export function walksInMemory(): Walks {
  const runs = new Map<string, Run>()
  const kept = new Map<string, Walk>()
  const runId = (workspace: string, run: string): string => `${workspace} ${run}`
  const id = ({ workspace, run, stream }: WalkKey): string => `${runId(workspace, run)} ${stream}`
  const change = (key: WalkKey, next: (walk: Walk) => Walk): void => {
    const walk = kept.get(id(key))
    if (walk !== undefined) kept.set(id(key), next(walk))
  }
  const insert = async (workspace: string, run: string, streams: readonly PlannedStream[]): Promise<void> => {
    for (const { name, title } of streams) {
      const about = { workspace, run, stream: name, title }
      const walk: Walk = { ...about, state: 'waiting', reason: '', cursor: null, rows: 0, pages: 0 }
      if (!kept.has(id(walk))) kept.set(id(walk), walk)
    }
  }
  const ofRun = (workspace: string, run: string): readonly Walk[] =>
    [...kept.values()].filter((walk) => walk.workspace === workspace && walk.run === run)
  const isOpen = ({ workspace, run }: Run): boolean => ofRun(workspace, run).some((walk) => !isOver(walk))
  const openRun = (workspace: string, kind: RunKind): string | undefined =>
    [...runs.values()].findLast((run) => run.workspace === workspace && run.kind === kind && isOpen(run))?.run
  const walks: Walks = {
    async open({ workspace, kind, run }) {
      const open = openRun(workspace, kind)
      if (open !== undefined) return { run: open, created: false }
      await walks.begin(workspace, run, kind)
      return { run, created: true }
    },
    async begin(workspace, run, kind = 'backfill') {
      const id = runId(workspace, run)
      if (!runs.has(id)) runs.set(id, { workspace, run, kind, since: null, summary: null })
      await insert(workspace, run, [{ name: DIRECTORY, title: DIRECTORY }])
    },
    plan: insert,
    find: async (key) => kept.get(id(key)),
    advance: async (key, { cursor, rows }) =>
      change(key, (walk) => ({
        ...walk,
        cursor: structuredClone(cursor),
        rows: walk.rows + rows,
        pages: walk.pages + 1,
      })),
    set: async (key, state, reason = '') => change(key, (walk) => ({ ...walk, state, reason })),
    ofRun: async (workspace, run) => ofRun(workspace, run),
    async keepSince(workspace, run, since) {
      const held = runs.get(runId(workspace, run))
      if (held !== undefined) held.since ??= since
    },
    since: async (workspace, run) => runs.get(runId(workspace, run))?.since ?? null,
    async summarise(workspace, run, summary) {
      const held = runs.get(runId(workspace, run))
      if (held !== undefined) held.summary = summary
    },
    summary: async (workspace, run) => runs.get(runId(workspace, run))?.summary ?? null,
    end: async (workspace, run) => ofRun(workspace, run).every(isOver),
    unfinished: async (workspace, kind = 'backfill') => openRun(workspace, kind),
  }
  return walks
}
