/** Reading partitions of the memory log without a group: to what was the end, or on and on. */
import type { Reader, ReadOptions } from './log.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { Progress } from './progress.ts'

export interface MemoryReading {
  readonly broker: MemoryBroker
  readonly batch: number
  readonly pause: (point: string) => Promise<void>
}

export function memoryReader(options: ReadOptions, { broker, batch, pause }: MemoryReading): Reader {
  const stopped = Promise.withResolvers<void>()
  const progress = new Progress(options.from)
  let running = true
  const halt = () => {
    running = false
    stopped.resolve()
  }
  if (options.signal?.aborted) halt()
  options.signal?.addEventListener('abort', halt, { once: true })

  const loops = [...options.from].map(([partition, from]) => {
    const source = broker.partition({ topic: options.topic, partition })
    const target = source.end()
    const caughtUp = Promise.withResolvers<void>()
    const run = async () => {
      let offset = Math.max(from, source.beginning())
      while (running) {
        if (offset >= target) caughtUp.resolve()
        if (offset >= target && options.until === 'end') return
        await pause('read')
        if (!running) return
        const end = options.until === 'end' ? target : source.end()
        const { messages, next } = source.read(offset, batch, end)
        if (messages.length > 0) await options.onMessages(partition, messages)
        if (messages.length === 0 && next === offset) await Promise.race([source.changed(), stopped.promise])
        offset = next
        progress.set(partition, offset)
      }
    }
    return { caughtUp: caughtUp.promise, done: run() }
  })
  const done = Promise.all(loops.map((loop) => loop.done)).then(() =>
    options.signal?.removeEventListener('abort', halt),
  )
  done.catch(halt)
  const caughtUp = Promise.race([Promise.all(loops.map((loop) => loop.caughtUp)), done, stopped.promise]).then(() => {})
  caughtUp.catch(() => {})
  return {
    caughtUp,
    reached: (ends) => progress.reached(ends),
    done,
    stop: async () => {
      halt()
      await done
    },
  }
}
