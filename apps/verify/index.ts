/** Compares stores with crm.artifacts. */
export { reportLines } from './report.ts'
export type { Store } from './stores.ts'
export { loadStores, STORES } from './stores.ts'
export type { StoreReport, VerifyOptions, VerifyReport } from './verify.ts'
export { exitCodeOf, verify } from './verify.ts'
