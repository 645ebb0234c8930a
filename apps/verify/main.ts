/**
 * `npm run verify [-- --workspace ID] [--stores postgres,opensearch] [--wait SECONDS] [--json]`.
 * Exit codes: 0 nothing differs, 1 something does, 2 not everything could be compared.
 */
import { runCommand } from '@attio-stream/service'
import { argumentsOf, run, settingsFor } from './command.ts'
import { loadStores } from './stores.ts'

try {
  const given = argumentsOf(process.argv.slice(2))
  const stores = await loadStores(given.stores)
  await runCommand({
    name: 'verify',
    settings: settingsFor(stores),
    run: async (settings, context) => {
      try {
        return await run(settings, stores, given, context)
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
        return 2
      }
    },
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
