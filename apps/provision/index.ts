/** Creates topics and registers schemas, once for everybody. */
export type { ProvisionOptions, ProvisionReport } from './provision.ts'
export { ProvisionError, provision } from './provision.ts'
export type { SubjectFinding } from './subjects.ts'
export type { TopicDifference, TopicFinding } from './topics.ts'
