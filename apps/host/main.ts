/** `node apps/host/main.ts compact enrich …`, or `all`: the apps in one process. In production each runs by itself. */
import { runApps } from '@attio-stream/service'
import { loadApps, UnknownApp } from './apps.ts'

try {
  await runApps(await loadApps(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UnknownApp)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
