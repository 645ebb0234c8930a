/**
 * What the chaos monkey can do. Every act ends with the process at work again, or the server answering; that nothing was lost
 * meanwhile is for the checks at the end.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@attio-stream/stack'
import { APPS, Service } from '@attio-stream/stack/system'
import type { Random } from '../emulators/attio/world/random.ts'
import { grown, metric } from '../support/metrics.ts'
import { until } from '../support/until.ts'
import type { Ground } from './ground.ts'

export const KINDS = [
  'killed',
  'killed, disk lost',
  'stopped, replaced, woken',
  'broker restarted',
  'broker killed',
  'store away',
  'registry restarted',
] as const
export type Kind = (typeof KINDS)[number]

export interface Act {
  readonly kind: Kind
  readonly what: string
  perform(): Promise<void>
}

export type AppName = (typeof APPS)[number]

/** The number that grows while the process works. */
export const WORK: Readonly<Record<AppName, string>> = {
  webhook: 'webhook_deliveries_total',
  hydrate: 'hydrate_things_total',
  backfill: 'backfill_rows_total',
  compact: 'compact_messages_total',
  enrich: 'enrich_messages_total',
  'sink-postgres': 'sink_writes_total',
  'sink-opensearch': 'sink_writes_total',
  'sink-turbopuffer': 'sink_writes_total',
}
/** A member that is silent for longer loses its partitions (libs/stream). */
const SESSION_MS = 10_000
/** How long a store is away at least. */
const AWAY_MS = 4_000
const PATIENCE = { withinMs: 60_000 } as const

/** All that can be done, each to everyone it can be done to. */
export function actsOn(ground: Ground, random: Random): readonly Act[] {
  return [
    ...APPS.map((app) => kill(ground, app)),
    ...(['compact', 'enrich'] as const).map((app) => wipe(ground, app)),
    ...APPS.map((app) => zombie(ground, app, random)),
    restartBroker(ground),
    killBroker(ground),
    storeAway(ground, 'postgres', random),
    storeAway(ground, 'opensearch', random),
    turbopufferAway(ground, random),
    restartRegistry(ground),
  ]
}

export function kill(ground: Ground, app: AppName): Act {
  return {
    kind: 'killed',
    what: app,
    async perform() {
      await atWork(ground, app)
      await ground.service(app).kill('SIGKILL')
      await ground.service(app).start()
      await goesOn(ground, app)
    },
  }
}

export function wipe(ground: Ground, app: 'compact' | 'enrich'): Act {
  return {
    kind: 'killed, disk lost',
    what: app,
    async perform() {
      await atWork(ground, app)
      await ground.service(app).kill('SIGKILL')
      rmSync(join(String(ground.system.env.STATE_DIRECTORY), app), { recursive: true })
      await ground.service(app).start()
      await goesOn(ground, app)
    },
  }
}

/** The best moment for a blow; not waited for without end, for there may be nothing to do. */
async function atWork(ground: Ground, app: AppName): Promise<void> {
  await grown(ground.service(app), WORK[app], { by: 1, withinMs: 5_000 }).catch(() => {})
}

/** People edit all the time, so there is work for everybody but the backfill. */
async function goesOn(ground: Ground, app: AppName): Promise<void> {
  if (app !== 'backfill') await grown(ground.service(app), WORK[app], { by: 1, ...PATIENCE })
}

/** Stopped for longer than its session, its work taken over by another; woken while the other works; then the other ends. */
export function zombie(ground: Ground, app: AppName, random: Random): Act {
  return {
    kind: 'stopped, replaced, woken',
    what: app,
    async perform() {
      const sleeper = ground.service(app)
      const heir = await heirOf(ground, app)
      const stopped = performance.now()
      await sleeper.kill('SIGSTOP')
      try {
        await heir.start()
        // Deliveries still go to the sleeper, and runs of the backfill may be none: there time alone counts.
        if (app !== 'webhook' && app !== 'backfill') await grown(heir, WORK[app], { by: 1, ...PATIENCE })
        await pause(Math.max(0, SESSION_MS + 1_000 - (performance.now() - stopped)))
      } finally {
        await sleeper.kill('SIGCONT')
      }
      await until(`${app} answering after it was woken`, () => metric(sleeper, WORK[app]), PATIENCE)
      if (random() < 0.5) await heir.kill('SIGKILL')
      else await heir.stop()
    },
  }
}

async function heirOf({ system, directory }: Ground, app: AppName): Promise<Service> {
  const [port, webhookPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  return new Service({
    name: `${app}-heir`,
    script: 'apps/host/main.ts',
    args: [app],
    env: {
      ...system.env,
      STATE_DIRECTORY: join(directory, 'heirs'),
      HEALTH_PORT: String(port),
      WEBHOOK_PORT: String(webhookPort),
    },
    directory: join(directory, 'logs'),
    url,
    ready: () => answers(`${url}/readyz`),
  })
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
}

function restartBroker({ system: { stack } }: Ground): Act {
  return { kind: 'broker restarted', what: 'kafka', perform: () => stack.server('kafka').restart() }
}

export function killBroker({ system: { stack } }: Ground): Act {
  return {
    kind: 'broker killed',
    what: 'kafka',
    async perform() {
      stack.server('kafka').kill()
      await stack.server('kafka').restart()
    },
  }
}

function restartRegistry({ system: { stack } }: Ground): Act {
  return { kind: 'registry restarted', what: 'registry', perform: () => stack.server('registry').restart() }
}

function storeAway({ system: { stack } }: Ground, store: 'postgres' | 'opensearch', random: Random): Act {
  return {
    kind: 'store away',
    what: store,
    async perform() {
      await stack.server(store).stop()
      await pause(AWAY_MS * (1 + random()))
      await stack.server(store).restart()
    },
  }
}

/** First it takes writes and breaks off before it says so, then it takes none. */
function turbopufferAway({ turbopuffer: { faults } }: Ground, random: Random): Act {
  return {
    kind: 'store away',
    what: 'turbopuffer',
    async perform() {
      faults.add({ kind: 'drop-after', operation: 'write' })
      await pause(AWAY_MS * random())
      faults.clear()
      faults.add({ kind: 'status', status: 503 })
      await pause(AWAY_MS * (1 + random()))
      faults.clear()
    },
  }
}
