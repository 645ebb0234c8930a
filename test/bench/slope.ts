/** The slope of a line through measurements, by least squares. */

export interface Sample {
  /** ms */
  readonly at: number
  readonly bytes: number
}

const HOUR_MS = 3_600_000

/** Bytes per hour; 0 when there is nothing to lay a line through. */
export function slopeOf(samples: readonly Sample[]): number {
  const count = samples.length
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + of(sample), 0) / count
  const [at, bytes] = [mean((sample) => sample.at), mean((sample) => sample.bytes)]
  const spread = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0)
  if (count < 2 || spread === 0) return 0
  const together = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.bytes - bytes), 0)
  return (together / spread) * HOUR_MS
}
