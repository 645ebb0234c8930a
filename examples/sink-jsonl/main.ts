/** `npm start -w examples/sink-jsonl`: the sink in a process of its own. */
import { runApps } from '@attio-stream/service'
import { app } from './app.ts'

await runApps([app])
