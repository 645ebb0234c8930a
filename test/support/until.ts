/** Waits for a condition, never for a time: `attempt` throws while it does not hold. */
import { setTimeout as pause } from 'node:timers/promises'

export async function until<T>(
  what: string,
  attempt: () => Promise<T> | T,
  options: { readonly withinMs?: number; readonly everyMs?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { withinMs = 30_000, everyMs = 25, signal } = options
  const deadline = performance.now() + withinMs
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`${what} did not happen within ${withinMs / 1000} s: ${(error as Error).message}`, {
          cause: error,
        })
    }
    await pause(everyMs, undefined, signal === undefined ? {} : { signal })
  }
}
