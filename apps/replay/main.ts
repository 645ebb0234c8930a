/** `npm run replay -- --from records|changes`: see `--help`. */
import { runCommand } from '@attio-stream/service'
import { HELP, parseTask } from './arguments.ts'
import { replayCommand } from './command.ts'

// Help needs no settings.
if (process.argv.slice(2).includes('--help')) process.stdout.write(`${HELP}\n`)
else {
  try {
    await runCommand(replayCommand(parseTask(process.argv.slice(2))))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
