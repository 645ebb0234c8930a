/**
 * The real servers for development and tests: Kafka, schema registry, OpenSearch, Postgres. Start them, use their addresses, stop them;
 * where they come from (jars, containers, somewhere else) makes no difference to the caller.
 */
export { freePort } from './port.ts'
export type { Addresses, ProviderName, RunningServer, ServerName, Stack } from './server.ts'
export { StackError, serverNames } from './server.ts'
export type { StackOptions } from './stack.ts'
export { startStack } from './stack.ts'
