/** The process that walks workspaces; with arguments, the command that asks it to: `sweep …` for a sweep, else a backfill. */
import { runApps, runCommand } from '@attio-stream/service'
import { app } from './app.ts'
import { backfillCommand, HELP, sweepCommand } from './command.ts'

const args = process.argv.slice(2)
const command = args[0] === 'sweep' ? sweepCommand : backfillCommand
if (args.includes('--help')) process.stdout.write(`${HELP[args[0] === 'sweep' ? 'sweep' : 'backfill']}\n`)
else await (args.length > 0 ? runCommand(command) : runApps([app]))
