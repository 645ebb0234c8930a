/** `node apps/enrich/main.ts`: enrich in a process of its own. */
import { runApps } from '@attio-stream/service'
import { app } from './app.ts'

await runApps([app])
