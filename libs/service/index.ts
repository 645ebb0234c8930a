/** What every process needs. */
export type { AppContext, AppDefinition, Health, HealthState, RunningApp } from './app.ts'
