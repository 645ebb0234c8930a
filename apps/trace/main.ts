/** `npm run trace -- ID`: see arguments.ts for what it takes and its exit codes. */
import { runCommand } from '@attio-stream/service'
import { argumentsOf, USAGE } from './arguments.ts'
import { run, settingsFor } from './command.ts'
import { loadStores } from './stores.ts'

try {
  const asked = argumentsOf(process.argv.slice(2))
  if (asked.help) process.stdout.write(`${USAGE.join('\n')}\n`)
  else {
    const stores = await loadStores(asked.stores)
    await runCommand({
      name: 'trace',
      settings: settingsFor(stores),
      run: (settings, context) => run(settings, stores, asked, context),
    })
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
