/** What goes wrong all the time while chaos reigns, between us and Attio. The seed of the emulator decides when. */
import { type Faults, setFaults } from '../emulators/attio/index.ts'

/** Reads that trail writes by as much as the settings allow for (ATTIO_LATE_READ_MS, 3 s), less what a busy machine adds. */
const LATE_MS = 2_500

export function unleash(faults: Faults): void {
  setFaults(faults, {
    queryLagMs: LATE_MS,
    getLagMs: LATE_MS,
    requests: [
      { kind: 'latency', rate: 0.2, ms: 200 },
      { kind: 'rate429', rate: 0.01 },
      { kind: 'html', rate: 0.01 },
      { kind: 'drop', rate: 0.01 },
      { kind: 'truncate', rate: 0.01 },
      { kind: 'hang', rate: 0.01, ms: 2_000 },
    ],
    deliveries: { duplicateRate: 0.2, reorderMs: 2_000 },
  })
}

export function calm(faults: Faults): void {
  setFaults(faults, {
    queryLagMs: 0,
    getLagMs: 0,
    requests: [],
    deliveries: { duplicateRate: 0, reorderMs: 0 },
  })
}
