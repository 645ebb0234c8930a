/**
 * `make demo`: the whole system from nothing. Starts everything, connects the demo workspace, backfills it, plays edits
 * through signed webhooks, waits until all three stores show them, verifies, prints one table and one document, stops.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type System, startSystem } from '@attio-stream/stack/system'
import { AttioControl } from '../support/attio-control.ts'
import { watch } from '../support/freshness.ts'
import { openStores } from '../support/stores.ts'
import { chooseCast } from './cast.ts'
import { progress } from './progress.ts'
import { EDITS, NEW_NAME } from './scenario.ts'
import { summary } from './summary.ts'

const directory = join(import.meta.dirname, '../../.data/demo')
const WITHIN = 60_000
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort(new Error(`stopped by ${name}`))
  })

const { say, during, close } = progress()
try {
  await rm(directory, { recursive: true, force: true })
  say('Starting Kafka, the schema registry, Postgres, OpenSearch and the two emulators')
  const system = await during('starting', () =>
    startSystem({ directory, say, ephemeral: true, signal: interrupted.signal, onLoss: fail, env: withoutServices() }),
  )
  try {
    await demo(system)
  } finally {
    say('Stopping everything')
    await system.stop()
  }
  await rm(directory, { recursive: true, force: true })
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1
  console.error(`\nThe demo ended early: ${(interrupted.signal.reason ?? error).message ?? error}`)
} finally {
  close()
}

async function demo(system: System): Promise<void> {
  const attio = new AttioControl(String(system.attioUrl))
  const { workspaces } = await attio.state()
  const [workspace] = workspaces
  if (workspace === undefined) throw new Error('the emulated Attio has no workspace')
  await system.command('apps/connect/main.ts', [], { env: { ATTIO_API_KEY: workspace.token } })
  say(`Connected the workspace ${workspace.slug} and registered its webhook`)

  const backfilled = performance.now()
  await during('backfill', () =>
    system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait'], {
      onLine: (line) => say(`  ${line}`),
    }),
  )
  await during('the stores take it in', () => verified(system, 60))
  say(`Backfilled and in all three stores after ${((performance.now() - backfilled) / 1000).toFixed(1)} s`)

  const stores = openStores({
    databaseUrl: String(system.env.DATABASE_URL),
    opensearchUrl: String(system.env.OPENSEARCH_URL),
    turbopufferUrl: String(system.env.TURBOPUFFER_BASE_URL),
    turbopufferKey: String(system.env.TURBOPUFFER_API_KEY),
    workspace: workspace.id,
  })
  try {
    const cast = await chooseCast(attio, workspace.id)
    const made = new Map<string, string>()
    const seen: { edit: string; store: string; ms: number }[] = []
    for (const edit of EDITS) {
      const since = performance.now()
      const expected = await edit.play(attio, cast, made)
      const times = await watch(stores, expected, { since, withinMs: WITHIN, signal: interrupted.signal })
      for (const { store, ms } of times) seen.push({ edit: edit.title, store, ms })
      say(`${edit.title}: ${times.map(({ store, ms }) => `${store} ${(ms / 1000).toFixed(2)} s`).join(', ')}`)
    }
    const verdict = await during('verify', () => verified(system, 60))
    const { counters } = await attio.state()
    console.log(
      `\n${await summary({ stores, seen, calls: counters.calls, deliveries: counters.deliveries.acked })}\n\n${verdict}\n`,
    )
    const [postgres] = stores
    const deal = await postgres?.find(cast.deal)
    if (!deal?.text.includes(NEW_NAME)) throw new Error('Postgres does not show the deal under the new name')
    console.log(`One document, whole:\n\n${deal.text}\n`)
    const question = 'who wants single sign-on in the base price'
    const asked = ['--workspace', workspace.id, '--type', 'deal', '--limit', '3']
    console.log(`A search, npm run search -- "${question}" --type deal --limit 3:\n`)
    console.log(`${await system.command('apps/search/main.ts', [question, ...asked])}\n`)
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}

/** What verify printed; it throws when a store differs. */
function verified(system: System, waitSeconds: number): Promise<string> {
  return system.command('apps/verify/main.ts', ['--wait', String(waitSeconds)])
}

/** The demo edits records, so it never touches a real Attio; servers the user names are used. */
function withoutServices(): Readonly<Record<string, string | undefined>> {
  const { ATTIO_API_URL: _url, ATTIO_API_KEY: _key, ...rest } = process.env
  return rest
}

function fail(sentence: string): void {
  interrupted.abort(new Error(sentence))
}
