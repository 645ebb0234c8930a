/** How much a seeded workspace holds, from one number: its records. */
export type SeedSize = 'empty' | 'small' | 'medium' | 'large'

export const RECORDS: Record<SeedSize, number> = { empty: 0, small: 300, medium: 10_000, large: 100_000 }

export interface Amounts {
  readonly companies: number
  readonly people: number
  readonly deals: number
  readonly users: number
  readonly workspaces: number
  readonly projects: number
  readonly showcase: number
  readonly notes: number
  readonly tasks: number
  readonly entries: number
  readonly comments: number
}

export function amounts(records: number): Amounts {
  const share = (part: number, least = 0) => (records === 0 ? 0 : Math.max(least, Math.round(records * part)))
  return {
    companies: share(0.28),
    people: share(0.45),
    deals: share(0.16),
    users: share(0.03, 4),
    workspaces: share(0.015, 3),
    projects: share(0.05, 6),
    showcase: share(0.015, 5),
    notes: share(0.5),
    tasks: share(0.25),
    entries: share(0.2),
    comments: share(0.03),
  }
}
