/**
 * Replaces what is not deterministic about this process: timers, clocks, chance, fetch, and lmdb. Import it before any code that
 * is to be simulated, and import that code dynamically: it must find these when it is loaded.
 */
import { createRequire, registerHooks, syncBuiltinESMExports } from 'node:module'
import { Machine } from './machine.ts'
// Loaded now, because it keeps the real turn of the event loop.
import './virtual-time.ts'
import type { Happening, VirtualTime } from './virtual-time.ts'

let time: VirtualTime | undefined
let net: typeof fetch | undefined
const RealDate = Date
const OUTSIDE = Date.UTC(2026, 0, 1)

/** From now on the simulated code lives in this time and reaches this network. */
export function live(in_: VirtualTime, network: typeof fetch): void {
  time = in_
  net = network
}

function clock(): number {
  if (time === undefined) return OUTSIDE
  const { skew = 0, tick = 1 } = Machine.current ?? {}
  return Math.floor((time.now + skew) / tick) * tick
}

class Timer {
  happening: Happening | undefined
  background = false
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  refresh(): this {
    return this
  }
  close(): this {
    clear(this)
    return this
  }
  [Symbol.dispose](): void {
    clear(this)
  }
}

function clear(timer: unknown): void {
  if (timer instanceof Timer && timer.happening !== undefined) time?.cancel(timer.happening)
  if (timer instanceof Timer) timer.happening = undefined
}

/** Whatever reaches a dead process does not happen; a frozen one gets it when it wakes, unless it was cleared meanwhile. */
function once(timer: Timer, ms: number, work: () => void, background = false): void {
  const owner = Machine.current
  const happening = (time as VirtualTime).after(
    ms,
    owner === undefined ? 'timer' : `timer ${owner.name}`,
    () => {
      const reached = (): void => {
        if (timer.happening === happening) work()
      }
      if (owner === undefined) reached()
      else owner.reach(reached)
    },
    background,
  )
  timer.happening = happening
}

function after(work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer {
  const timer = new Timer()
  once(timer, Math.max(1, Number(ms) || 0), () => {
    timer.happening = undefined
    work(...args)
  })
  return timer
}

/** Intervals look after something while there is something; in a lull of days they become rare. */
function every(work: (...args: unknown[]) => void, ms = 1, ...args: unknown[]): Timer {
  const timer = new Timer()
  const again = (): void =>
    once(
      timer,
      Math.max(ms, (time as VirtualTime).lull / 2),
      () => {
        again()
        work(...args)
      },
      true,
    )
  again()
  return timer
}

function soon(work: (...args: unknown[]) => void, ...args: unknown[]): Timer {
  const timer = new Timer()
  once(timer, 0, () => {
    timer.happening = undefined
    work(...args)
  })
  return timer
}

function sleep<T>(ms: number, value: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException('The operation was aborted', 'AbortError'))
    const aborted = (): void => {
      clear(timer)
      reject(new DOMException('The operation was aborted', 'AbortError'))
    }
    const timer = after(() => {
      signal?.removeEventListener('abort', aborted)
      resolve(value)
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}

class VirtualDate extends RealDate {
  constructor(...args: [] | [number | string | Date]) {
    // biome-ignore lint/suspicious/noExplicitAny: Date has overloads no spread satisfies
    super(...((args.length === 0 ? [clock()] : args) as [any]))
  }
  static override now = clock
}

function timeout(ms: number): AbortSignal {
  const controller = new AbortController()
  after(() => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms)
  return controller.signal
}

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'lmdb'
      ? next('./memory-lmdb.ts', { ...context, parentURL: import.meta.url })
      : next(specifier, context),
})
const require = createRequire(import.meta.url)
const replaced = {
  setTimeout: after,
  setInterval: every,
  setImmediate: soon,
  clearTimeout: clear,
  clearInterval: clear,
}
Object.assign(globalThis, replaced, {
  clearImmediate: clear,
  Date: VirtualDate,
  fetch: (...args: Parameters<typeof fetch>) => (net as typeof fetch)(...args),
})
Object.assign(require('node:timers'), replaced, { clearImmediate: clear })
Object.assign(require('node:timers/promises'), { setTimeout: sleep })
syncBuiltinESMExports()
Object.assign(AbortSignal, { timeout })
Object.defineProperty(performance, 'now', { value: () => (time === undefined ? 0 : time.now - OUTSIDE) })
Math.random = () => time?.random() ?? 0.5
