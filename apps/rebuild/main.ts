/** `npm run rebuild -- …`: see arguments.ts for what it takes. Exit codes: 0 done, 1 not done, 130 interrupted. */
import { runCommand } from '@attio-stream/service'
import { parseTask, USAGE } from './arguments.ts'
import { run, settingsFor } from './command.ts'
import { loadStores } from './stores.ts'

try {
  const task = parseTask(process.argv.slice(2))
  if (task.kind === 'help') process.stdout.write(`${USAGE.join('\n')}\n`)
  else {
    const stores = await loadStores(task.sinks)
    await runCommand({
      name: 'rebuild',
      settings: settingsFor(stores),
      run: (settings, context) => run(settings, stores, task, context),
    })
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
