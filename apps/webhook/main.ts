/** The process that receives deliveries. */
import { runApps } from '@attio-stream/service'
import { app } from './app.ts'

await runApps([app])
