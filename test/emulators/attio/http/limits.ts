/**
 * Attio's budgets, per workspace: reads and writes per second, notes lists per second, merges per second, and the sum
 * of query scores in ten sliding seconds, which every app of the workspace draws on. Times are in the world's clock.
 */
import type { Faults } from './faults.ts'

export interface LimitSettings {
  readsPerSecond: number
  writesPerSecond: number
  notesPerSecond: number
  mergesPerSecond: number
  scorePer10s: number
  scorePerQuery: number
  /** Webhook deliveries per second to one target URL. */
  deliveriesPerSecond: number
}

export const ATTIO_LIMITS: LimitSettings = {
  readsPerSecond: 100,
  writesPerSecond: 25,
  notesPerSecond: 10,
  mergesPerSecond: 5,
  scorePer10s: 10_000,
  scorePerQuery: 5_000,
  deliveriesPerSecond: 25,
}

export const NO_LIMITS: LimitSettings = {
  readsPerSecond: Infinity,
  writesPerSecond: Infinity,
  notesPerSecond: Infinity,
  mergesPerSecond: Infinity,
  scorePer10s: Infinity,
  scorePerQuery: Infinity,
  deliveriesPerSecond: Infinity,
}

export type Budget = 'read' | 'write' | 'notes' | 'merge'

interface Second {
  at: number
  readonly used: Record<Budget, number>
}

export class Limits {
  readonly settings: LimitSettings
  readonly #faults: Faults
  #seconds = new Map<string, Second>()
  #scores = new Map<string, { at: number; score: number }[]>()

  constructor(settings: LimitSettings, faults: Faults) {
    this.settings = settings
    this.#faults = faults
  }

  /** Takes one call from each budget; the time after which to try again, when one of them is spent. */
  take(workspace: string, budgets: readonly Budget[], now: number): number | undefined {
    const second = Math.floor(now / 1000)
    let window = this.#seconds.get(workspace)
    if (!window || window.at !== second) {
      window = { at: second, used: { read: 0, write: 0, notes: 0, merge: 0 } }
      this.#seconds.set(workspace, window)
    }
    const used = window.used
    if (budgets.some((budget) => used[budget] >= this.#ceiling(budget))) return (second + 1) * 1000
    for (const budget of budgets) used[budget]++
    return undefined
  }

  /** Adds a query's score; the time after which to try again when it does not fit. */
  score(workspace: string, score: number, now: number): number | undefined {
    const nextSecond = (Math.floor(now / 1000) + 1) * 1000
    if (score > this.settings.scorePerQuery) return nextSecond
    if (this.settings.scorePer10s === Infinity) return undefined
    const recent = (this.#scores.get(workspace) ?? []).filter((entry) => entry.at > now - 10_000)
    this.#scores.set(workspace, recent)
    const spent = recent.reduce((sum, entry) => sum + entry.score, this.#faults.otherApp.scorePer10s)
    if (spent + score > this.settings.scorePer10s) return nextSecond
    if (score > 0) recent.push({ at: now, score })
    return undefined
  }

  #ceiling(budget: Budget): number {
    switch (budget) {
      case 'read':
        return this.settings.readsPerSecond - this.#faults.otherApp.readsPerSecond
      case 'write':
        return this.settings.writesPerSecond
      case 'notes':
        return this.settings.notesPerSecond
      case 'merge':
        return this.settings.mergesPerSecond
    }
  }
}
