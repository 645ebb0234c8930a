/**
 * A process that runs schedules for pool.ts: one seed after the other, each from nothing. With a fault to plant as its argument it
 * runs code that has this fault. Everything simulated is loaded after the globals are replaced.
 */
import './globals.ts'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Planted, plant } from './plant.ts'
import type { Outcome } from './simulate.ts'

export type Order =
  | { readonly kind: 'run'; readonly seed: number }
  | { readonly kind: 'shrink'; readonly seed: number; readonly path?: string; readonly most?: number }
export interface Report {
  readonly seed: number
  readonly outcome: Outcome
  /** CPU this schedule took, ms. */
  readonly cpuMs: number
  /** Of a failure that was shrunk. */
  readonly shrunk?: { readonly commands: readonly string[]; readonly weather: string; readonly path: string }
}

/** Of a schedule that is shrunk. */
const MOST_RUNS = 200
const [root = '', fault] = process.argv.slice(2)
if (fault !== undefined) plant(JSON.parse(fault) as Planted)
const { simulate } = await import('./simulate.ts')
const { scheduleOf, shrink } = await import('./draw.ts')

let runs = 0
const run = async (schedule: ReturnType<typeof scheduleOf>): Promise<Outcome> => {
  const folder = join(root, `${process.pid}-${runs++}`)
  try {
    return await simulate(schedule, { root: folder })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function obey(order: Order): Promise<Report> {
  const { seed } = order
  const before = process.cpuUsage()
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  if (order.kind === 'run') return { seed, outcome: await run(scheduleOf(seed)), cpuMs: cpuMs() }
  const found = await shrink(seed, {
    fails: async (schedule) => (await run(schedule)).faults.length > 0,
    most: order.most ?? MOST_RUNS,
    ...(order.path === undefined ? {} : { path: order.path }),
  })
  if (found === undefined) return { seed, outcome: await run(scheduleOf(seed)), cpuMs: cpuMs() }
  const { schedule, path } = found
  const outcome = await run(schedule)
  const commands = schedule.commands.map((command) => JSON.stringify(command))
  return { seed, outcome, cpuMs: cpuMs(), shrunk: { commands, weather: JSON.stringify(schedule.weather), path } }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error) => {
      throw error
    },
  )
})
process.on('disconnect', () => process.exit())
process.on('unhandledRejection', (error) => {
  process.stderr.write(`Nobody waited for this failure: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
})
