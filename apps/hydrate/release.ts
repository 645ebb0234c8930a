/**
 * Brings parked notices back when their connection is active again: told by every change of a connection, and looked at once
 * a minute, because another process may have parked some just after we looked.
 */
import { LogUnavailable, type Output, type Publisher } from '@attio-stream/stream'
import type { Parking } from './parking.ts'

export interface ReleaseOptions {
  readonly parking: Parking
  readonly publisher: Publisher
  readonly isActive: (workspace: string) => boolean
  readonly onReleased?: (workspace: string, notices: number) => void
  readonly onTrouble?: (error: unknown) => void
  readonly every?: number
}

export interface Releaser {
  /** A connection changed. */
  look(): void
  stop(): Promise<void>
}

export function releaser(options: ReleaseOptions): Releaser {
  const { parking, publisher, isActive } = options
  let wanted = false
  let stopped = false
  let looking: Promise<void> | undefined
  const forward = async (notices: Parameters<Parking['park']>[0]): Promise<void> => {
    if (stopped) throw new LogUnavailable('hydrate stops')
    const outputs = notices.map(
      (value): Output => ({ topic: 'attio.notices', key: value.id, value, headers: { workspace: value.workspace_id } }),
    )
    await publisher.publish(outputs)
  }
  const release = async (): Promise<void> => {
    while (wanted && !stopped) {
      wanted = false
      for (const workspace of await parking.workspaces()) {
        if (stopped || !isActive(workspace)) continue
        const released = await parking.release(workspace, forward)
        if (released > 0) options.onReleased?.(workspace, released)
      }
    }
  }
  const look = (): void => {
    wanted = true
    looking ??= release()
      .catch((error: unknown) => {
        if (!stopped) options.onTrouble?.(error)
      })
      .finally(() => {
        looking = undefined
      })
  }
  const timer = setInterval(look, options.every ?? 60_000)
  timer.unref()
  look()
  return {
    look,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await looking
    },
  }
}
