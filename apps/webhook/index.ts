/** Receives Attio's deliveries: the app, and its parts for whoever hosts them on another log. */
export { app } from './app.ts'
export { Coalescer } from './coalescer.ts'
export type { Settings } from './config.ts'
export { settings } from './config.ts'
export { receiver } from './receiver.ts'
export type { KnownConnection } from './senders.ts'
export { Senders } from './senders.ts'
export { serveWebhooks } from './server.ts'
