/** The process that reads back what notices name. */
import { runApps } from '@attio-stream/service'
import { app } from './app.ts'

await runApps([app])
