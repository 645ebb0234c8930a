/** Hosts any set of apps in one process. */
export { appNames, loadApps, UnknownApp } from './apps.ts'
