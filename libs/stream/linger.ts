/** How long owed work waits for more. */
import type { Linger } from './stage.ts'

const NO_LINGER: Linger = { live: 0, catchingUp: 0 }

/** When owed work has waited long enough for more. */
export function until(
  { live, catchingUp, patient: { quiet, most } = { quiet: catchingUp, most: catchingUp } }: Linger = NO_LINGER,
  given: { readonly started: number; readonly touched: number; readonly patient: boolean; readonly behind: boolean },
): number {
  const { started, touched, patient, behind } = given
  if (patient) return Math.min(started + most, touched + quiet)
  return started + (behind ? catchingUp : live)
}
