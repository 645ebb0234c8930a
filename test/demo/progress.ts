/** Lines with the time since the start, and a sign of life every few seconds while something long runs. */

export interface Progress {
  readonly say: (line: string) => void
  /** Repeats what is going on every few seconds until `work` is done. */
  readonly during: <T>(what: string, work: () => Promise<T>) => Promise<T>
  readonly close: () => void
}

const EVERY = 5_000

export function progress(): Progress {
  const began = performance.now()
  const doing = new Set<string>()
  let last = began
  const say = (line: string) => {
    last = performance.now()
    console.log(`${((last - began) / 1000).toFixed(1).padStart(6)} s  ${line}`)
  }
  const timer = setInterval(() => {
    if (doing.size > 0 && performance.now() - last >= EVERY) say(`… ${[...doing].join(', ')}`)
  }, 1_000)
  return {
    say,
    async during(what, work) {
      doing.add(what)
      try {
        return await work()
      } finally {
        doing.delete(what)
      }
    },
    close: () => clearInterval(timer),
  }
}
