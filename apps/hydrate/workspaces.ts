/**
 * The line to Attio for each workspace, and whether it may be used now. One client a token; the clock and the budgets are
 * shared by all of them.
 */
import {
  AttioClient,
  type AttioClock,
  type Budgets,
  type CallObserver,
  isAttioError,
  readSelf,
  UNLIMITED,
} from '@attio-stream/attio'
import type { Connection, LiveConnections } from '@attio-stream/service'

export type Standing =
  | { readonly kind: 'active'; readonly client: AttioClient }
  /** The token is refused or the like: its notices wait. */
  | { readonly kind: 'broken' }
  /** Disconnected: nobody wants its notices any more. */
  | { readonly kind: 'disconnected' }
  /** No such connection: erased, or so new that this process has not heard of it. */
  | { readonly kind: 'unknown' }
  /** It cannot be told now, the database being away. */
  | { readonly kind: 'unclear' }

export interface Workspaces {
  of(workspace: string): Standing
  /** Attio refuses the token the client was made with. */
  refused(workspace: string, client: AttioClient): Promise<void>
}

export interface WorkspacesOptions {
  readonly live: Pick<LiveConnections, 'byWorkspace' | 'current' | 'unreadable'>
  readonly markBroken: (workspace: string, reason: string) => Promise<void>
  readonly baseUrl: string
  readonly clock: AttioClock
  /** null: no limit. */
  readonly budgets: Budgets | null
  readonly observe?: CallObserver
}

export function workspaces(options: WorkspacesOptions): Workspaces {
  const { live, baseUrl, clock, budgets, observe } = options
  const clients = new Map<string, { readonly token: string; readonly client: AttioClient }>()
  const clientOf = ({ workspaceId, token }: Connection): AttioClient => {
    const known = clients.get(workspaceId)
    if (known?.token === token) return known.client
    const budget = budgets?.of(workspaceId) ?? UNLIMITED
    const client = new AttioClient({
      token,
      baseUrl,
      clock,
      budget,
      share: 'live',
      ...(observe === undefined ? {} : { observe }),
    })
    clients.set(workspaceId, { token, client })
    return client
  }
  return {
    of(workspace) {
      const connection = live.byWorkspace(workspace)
      if (connection === undefined) {
        // Its secrets do not open here: a matter of settings, not of the workspace.
        if (live.unreadable().some((row) => row.workspaceId === workspace)) return { kind: 'broken' }
        return { kind: live.current() ? 'unknown' : 'unclear' }
      }
      switch (connection.status) {
        case 'active':
          return { kind: 'active', client: clientOf(connection) }
        case 'broken':
          return { kind: 'broken' }
        case 'disconnected':
          return { kind: 'disconnected' }
      }
    },
    async refused(workspace, client) {
      // A token that was replaced meanwhile says nothing about the new one.
      if (clients.get(workspace)?.client !== client) return
      await options.markBroken(workspace, 'Attio refuses its token: connect the workspace again')
    },
  }
}

/** What Attio says of the token when asked for nothing else. @throws AttioError when it says nothing. */
export async function isTokenAlive(client: AttioClient, signal: AbortSignal): Promise<boolean> {
  try {
    return (await readSelf(client, { signal })).active
  } catch (error) {
    if (isAttioError(error, 'unauthorized')) return false
    throw error
  }
}
