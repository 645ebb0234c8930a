/** `npm run verify`: see arguments.ts for what it takes and its exit codes. */
import { runCommand } from '@attio-stream/service'
import { argumentsOf, USAGE } from './arguments.ts'
import { run, settingsFor } from './command.ts'
import { runSource, settings as sourceSettings } from './source/command.ts'
import { loadStores } from './stores.ts'

const failed = (error: unknown): 2 => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 2
}

try {
  const asked = argumentsOf(process.argv.slice(2))
  if (asked.help) process.stdout.write(`${USAGE.join('\n')}\n`)
  else if (asked.source)
    await runCommand({
      name: 'verify',
      settings: sourceSettings,
      run: async (settings, context) => await runSource(settings, asked, context).catch(failed),
    })
  else {
    const stores = await loadStores(asked.stores)
    await runCommand({
      name: 'verify',
      settings: settingsFor(stores),
      run: async (settings, context) => await run(settings, stores, asked, context).catch(failed),
    })
  }
} catch (error) {
  process.exitCode = failed(error)
}
