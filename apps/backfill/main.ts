/** The process that walks workspaces; with arguments, the command that asks it to. */
import { runApps, runCommand } from '@attio-stream/service'
import { app } from './app.ts'
import { backfillCommand } from './command.ts'

await (process.argv.length > 2 ? runCommand(backfillCommand) : runApps([app]))
