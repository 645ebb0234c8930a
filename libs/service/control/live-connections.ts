/**
 * All connections in memory, as the database has them, a second behind at most. Reading costs nothing and goes on with what
 * was last known while the database is away. One for a process is enough; webhook and hydrate look workspaces up here.
 */
import type { Logger } from 'pino'
import type { Connection, Connections, UnreadableConnection } from './connections.ts'

const RETRY = 1000

export interface LiveConnections {
  byKey(key: string): Connection | undefined
  byWorkspace(workspaceId: string): Connection | undefined
  /** Those that may be read from. */
  active(): readonly Connection[]
  /** Rows this process cannot open; health should turn amber. */
  unreadable(): readonly UnreadableConnection[]
  /** Is what is here what the database has, as far as can be known? False while it cannot be reached. */
  current(): boolean
  /** Called after every change that was taken over. Returns what ends it. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** @throws when the database cannot be reached at the start. */
export async function watchConnections(connections: Connections, logger: Logger): Promise<LiveConnections> {
  let byKey = new Map<string, Connection>()
  let byWorkspace = new Map<string, Connection>()
  let unreadable: readonly UnreadableConnection[] = []
  let fresh = false
  let wanted = false
  let reading: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const listeners = new Set<() => void>()

  const read = async () => {
    const all = await connections.list()
    byKey = new Map(all.connections.map((connection) => [connection.key, connection]))
    byWorkspace = new Map(all.connections.map((connection) => [connection.workspaceId, connection]))
    for (const { workspaceId, reason } of all.unreadable)
      if (!unreadable.some((known) => known.workspaceId === workspaceId))
        logger.error({ workspace: workspaceId }, `A connection cannot be used. ${reason}`)
    unreadable = all.unreadable
    fresh = true
    for (const listener of listeners) listener()
  }
  // Notifications that come while a read is under way lead to one more read, not to one each.
  const readAll = async () => {
    while (wanted && !closed) {
      wanted = false
      try {
        await read()
      } catch (error) {
        wanted = true
        fresh = false
        logger.warn({ error }, 'Connections cannot be read; going on with those last known.')
        timer = setTimeout(refresh, RETRY)
        return
      }
    }
  }
  const refresh = () => {
    wanted = true
    if (closed) return
    clearTimeout(timer)
    reading ??= readAll().finally(() => {
      reading = undefined
    })
  }

  await read()
  const listener = await connections.watch(refresh)
  return {
    byKey: (key) => byKey.get(key),
    byWorkspace: (workspaceId) => byWorkspace.get(workspaceId),
    active: () => [...byWorkspace.values()].filter((connection) => connection.status === 'active'),
    unreadable: () => unreadable,
    current: () => fresh && listener.connected(),
    onChange: (onChange) => {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      await listener.close()
      await reading
    },
  }
}
