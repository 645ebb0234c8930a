/** `node apps/compact/main.ts`: compact in a process of its own. */
import { runApps } from '@attio-stream/service'
import { app } from './app.ts'

await runApps([app])
