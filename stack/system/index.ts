/** The whole system on one machine: servers, emulators, apps. */
export type { Environment } from './service.ts'
export { runOnce, Service } from './service.ts'
export type { System, SystemOptions } from './system.ts'
export { APPS, startSystem } from './system.ts'
