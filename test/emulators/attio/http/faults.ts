/**
 * The switches of everything that can go wrong between a client and Attio. Mutable data: tests and the control plane
 * change it while the emulator runs. What the world itself does differently is in `world` (world/switches.ts).
 */
import { defaultWorldSwitches, type WorldSwitches } from '../world/switches.ts'

export type RequestFaultKind = 'latency' | 'html' | 'drop' | 'truncate' | 'hang' | 'rate429'

/** One rule about requests; the first that strikes decides, latency adds to whatever follows. */
export interface RequestFault {
  kind: RequestFaultKind
  /** Chance per request, 0 to 1; 1 when left out. */
  rate?: number
  /** Regular expression on "METHOD /path"; every request when left out. */
  match?: string
  /** Strikes at most this often. */
  times?: number
  /** Latency in milliseconds, or how long a hung request is held. */
  ms?: number
  /** Status of an HTML answer; 502 when left out. */
  status?: number
}

export interface DeliveryFaults {
  /** Chance that a delivered message is delivered once more, with the same Idempotency-Key. */
  duplicateRate: number
  /** Each message waits up to this long, so that later ones overtake it. */
  reorderMs: number
  /** Chance that a message is never sent at all. */
  dropRate: number
  /** Nothing is sent while true; the queue waits. */
  paused: boolean
  /** Events per message; Attio documents one, and says batches may come. */
  batch: number
  /** The body is signed with another secret. */
  wrongSignature: boolean
}

export interface Faults {
  requests: RequestFault[]
  /** Record and entry queries answer from a snapshot up to this old (random per request). */
  queryLagMs: number
  /** The same for GET of one record, entry, note or task, and for lists of notes and tasks. */
  getLagMs: number
  /** Whether reads carry X-Accurate-At. */
  accurateAt: boolean
  /** Attio's clock minus the machine's. */
  clockSkewMs: number
  /** What another app of the same workspace takes from the budgets. */
  otherApp: { readsPerSecond: number; scorePer10s: number }
  deliveries: DeliveryFaults
  world: WorldSwitches
}

export const defaultFaults = (): Faults => ({
  requests: [],
  queryLagMs: 0,
  getLagMs: 0,
  accurateAt: true,
  clockSkewMs: 0,
  otherApp: { readsPerSecond: 0, scorePer10s: 0 },
  deliveries: { duplicateRate: 0, reorderMs: 0, dropRate: 0, paused: false, batch: 1, wrongSignature: false },
  world: defaultWorldSwitches(),
})

/** A partial set of switches, at any depth. */
export type FaultChange = {
  [K in keyof Faults]?: Faults[K] extends unknown[]
    ? Faults[K]
    : Faults[K] extends object
      ? Partial<Faults[K]>
      : Faults[K]
}

export function setFaults(faults: Faults, change: FaultChange): void {
  for (const [key, value] of Object.entries(change)) {
    if (!(key in faults)) throw new RangeError(`Unknown fault switch "${key}".`)
    const held = faults[key as keyof Faults]
    if (typeof held === 'object' && !Array.isArray(held)) {
      for (const name of Object.keys(value as object))
        if (!(name in held)) throw new RangeError(`Unknown fault switch "${key}.${name}".`)
      Object.assign(held, value)
    } else Object.assign(faults, { [key]: value })
  }
}

export interface Strike {
  latencyMs: number
  fault: RequestFault | undefined
}

/** Which faults strike this request. */
export function strike(faults: Faults, request: string, random: () => number): Strike {
  const result: Strike = { latencyMs: 0, fault: undefined }
  for (const rule of faults.requests) {
    if (rule.times !== undefined && rule.times <= 0) continue
    if (rule.match !== undefined && !new RegExp(rule.match).test(request)) continue
    if (rule.rate !== undefined && random() >= rule.rate) continue
    if (rule.times !== undefined) rule.times--
    if (rule.kind === 'latency') result.latencyMs += rule.ms ?? 0
    else if (!result.fault) result.fault = rule
  }
  return result
}
