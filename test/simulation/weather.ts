/** How the world around the system behaves: the emulated Attio's switches as a schedule wants them, and what came of them. */
import { ATTIO_LIMITS, type AttioApp, attioApp, type FaultChange, NO_LIMITS } from '../emulators/attio/index.ts'
import type { Scene } from './commands.ts'
import type { Weather } from './schedule.ts'
import type { System } from './system.ts'
import type { VirtualTime } from './virtual-time.ts'

export function attioIn(weather: Weather, time: VirtualTime): AttioApp {
  const { seed, records, workspaces, lateMs, lateOneMs, attioSkewMs, merges, mergeWindowMs, extraEvents } = weather
  const world: FaultChange['world'] = {
    mergeSemantics: merges,
    mergeWindowMs,
    mergeFiresPlainEvents: extraEvents,
    cascadeEvents: extraEvents,
    referenceEvents: extraEvents,
  }
  return attioApp({
    seed,
    records,
    workspaces,
    limits: weather.limits ? ATTIO_LIMITS : NO_LIMITS,
    clock: () => Math.floor(time.now),
    faults: { queryLagMs: lateMs, getLagMs: lateOneMs, clockSkewMs: attioSkewMs, world },
    say: (line) => {
      if (line.includes('itself failed')) time.failure ??= new Error(line)
    },
  })
}

/** From now on things go wrong. */
export function rough({ deliveries, requests }: AttioApp['faults'], { stores }: System, weather: Weather): void {
  const { failing, limited } = weather.requests
  deliveries.duplicateRate = weather.deliveries.twice
  deliveries.dropRate = weather.deliveries.dropped
  deliveries.reorderMs = weather.deliveries.reorderMs
  for (const store of stores) Object.assign(store.faults, weather.stores)
  if (limited > 0) requests.push({ kind: 'rate429', rate: limited })
  if (failing > 0)
    requests.push(
      { kind: 'truncate', rate: failing / 3 },
      { kind: 'drop', rate: failing / 3 },
      { kind: 'html', rate: failing / 3 },
      { kind: 'html', rate: failing / 6, status: 404 },
      { kind: 'hang', rate: failing / 6, ms: 60_000 },
      { kind: 'latency', rate: failing, ms: 5_000 },
    )
}

/** From now on nothing new goes wrong; what is out of order mends by itself. */
export function calm(faults: AttioApp['faults'], { stores, processes }: System): void {
  for (const { machine } of processes) machine.spare()
  faults.requests.length = 0
  Object.assign(faults.deliveries, { duplicateRate: 0, reorderMs: 0, dropRate: 0 })
  for (const store of stores) Object.assign(store.faults, { failing: 0 })
}

/** Whether something changed that nobody was told of: then only a sweep makes the stores true. */
export function needsSweep({ attio, told }: Pick<Scene, 'attio' | 'told'>, weather: Weather): boolean {
  // What a merge ties again when it is done, a record read meanwhile has lost, and no event tells of it.
  const tied = weather.mergeWindowMs > 0 && !weather.extraEvents && told.merges > 0
  return tied || told.silence > 0 || attio.counters.values.deliveries.lost > 0
}

const HOUR = 3_600_000

/** What of it really happened. */
export function seen({ counters, deliveries }: AttioApp): Readonly<Record<string, number>> {
  const { faults, deliveries: sent } = counters.values
  const counts: Record<string, number> = {
    ...Object.fromEntries(Object.entries(faults).map(([kind, count]) => [`request: ${kind}`, count])),
    'webhook delivered': sent.acked,
    'webhook refused or unanswered': sent.refused,
    'webhook dropped': sent.lost,
    'webhook twice': sent.attempts - sent.acked - sent.refused,
    'webhook overtaken': 0,
    'webhook an hour late': 0,
    'webhook a day late': 0,
  }
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  let latest = 0
  for (const { queuedAt, attempts } of deliveries.log) {
    const arrived = attempts.at(-1)?.at ?? queuedAt
    if (arrived - queuedAt > HOUR) count('webhook an hour late')
    if (arrived - queuedAt > 24 * HOUR) count('webhook a day late')
    if (arrived < latest) count('webhook overtaken')
    latest = Math.max(latest, arrived)
  }
  return counts
}
