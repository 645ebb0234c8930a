/** `npm run dead-letters -- list|show|redrive|drop`; `--help` tells more. */
import { runCommand } from '@attio-stream/service'
import { argumentsOf, HELP } from './arguments.ts'
import { deadLettersCommand } from './command.ts'
import { openStoreFrom } from './stores.ts'

try {
  const asked = argumentsOf(process.argv.slice(2), Date.now())
  if (asked === 'help') process.stdout.write(`${HELP}\n`)
  // The environment is complete only when the command runs: .env is read before it.
  else await runCommand(deadLettersCommand(asked, (name) => openStoreFrom(process.env)(name)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
