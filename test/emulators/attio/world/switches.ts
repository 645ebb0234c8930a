/**
 * How the world behaves where Attio's documents leave room or have changed (api.md sections 2.5, 4.2 and 9).
 * Plain mutable data: a test or the control plane sets a switch and the next edit obeys it.
 */
export interface WorldSwitches {
  /** After this long a formula attribute that depends on a changed value is recomputed, as `system`. */
  formulaDelayMs: number
  /** `2026`: a new record, two events. `2025`: the primary survives, one event. */
  mergeSemantics: '2026' | '2025'
  /** For this long the merged record answers `merge_in_progress`. */
  mergeWindowMs: number
  /** Whether notes, tasks, entries and comments of merged records move to the survivor (else they vanish). */
  mergeMovesChildren: boolean
  /** Whether a merge also fires record.created / record.deleted. */
  mergeFiresPlainEvents: boolean
  /** Whether children that disappear with their record fire their own events. */
  cascadeEvents: boolean
  /** Whether records that lose a reference to a deleted or merged record fire record.updated. */
  referenceEvents: boolean
  /** Chance that an edit also fires an event of a type nobody has documented. */
  unknownEventRate: number
}

export const defaultWorldSwitches = (): WorldSwitches => ({
  formulaDelayMs: 1000,
  mergeSemantics: '2026',
  mergeWindowMs: 0,
  mergeMovesChildren: true,
  mergeFiresPlainEvents: false,
  cascadeEvents: false,
  referenceEvents: false,
  unknownEventRate: 0,
})
