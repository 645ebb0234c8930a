/**
 * Waits for a condition with a deadline. The condition is a function that throws while it does not hold yet.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { StackError } from './server.ts'

export interface Patience {
  readonly withinMs: number
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
}

/** @throws StackError with the condition's last complaint when the time is up; the signal's reason when it is aborted. */
export async function until<T>(what: string, attempt: () => Promise<T> | T, patience: Patience): Promise<T> {
  const { withinMs, everyMs = 100, signal } = patience
  const deadline = performance.now() + withinMs
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) {
        const complaint = error instanceof Error ? error.message : String(error)
        throw new StackError(`${what} did not happen within ${withinMs / 1000} s: ${complaint}`, { cause: error })
      }
    }
    await pause(everyMs, undefined, signal === undefined ? {} : { signal })
  }
}
