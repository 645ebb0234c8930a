/**
 * What an app is: a name, its settings, and how it starts. `main.ts` of every app is `runApps([app])`; apps/host runs any
 * set in one process. Signals, the health server and the order of shutdown are run.ts's job, never an app's.
 */
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { z } from 'zod'

export type HealthState = 'starting' | 'green' | 'amber' | 'red'
export interface Health {
  readonly state: HealthState
  /** A sentence for the person on call; no customer text. */
  readonly reason: string
}

export interface AppContext {
  readonly logger: Logger
  readonly metrics: Registry
  /** Aborted when the process shuts down. */
  readonly signal: AbortSignal
}

export interface RunningApp {
  health(): Health
  /** Stops reading, finishes what is in hand, commits, closes. Resolves when nothing of it runs any more. */
  stop(): Promise<void>
  /** Rejects when the app failed in a way it cannot mend; the process then stops with exit code 1. */
  readonly failed: Promise<never>
}

/** `settings`: a zod object over environment variables by name; every field has a description. Validated whole before anything connects. */
export interface AppDefinition<Settings extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly settings: Settings
  start(settings: z.infer<Settings>, context: AppContext): Promise<RunningApp>
}
