/**
 * An Attio on this machine: REST API v2, OAuth and signed webhooks over a seeded world that people edit.
 * Start it, point a client at `url`, edit through `edit`, read the truth from `world`, stop it.
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { WitnessedAnswer } from './contract/check.ts'
import { type Edits, makeEdits } from './edits/index.ts'
import { type Http, mountApi } from './http/api.ts'
import { mountControl } from './http/control.ts'
import { Counters } from './http/counters.ts'
import { Deliverer, type Delivery } from './http/deliver.ts'
import { defaultFaults, type FaultChange, type Faults, setFaults } from './http/faults.ts'
import { ATTIO_LIMITS, type LimitSettings, Limits, NO_LIMITS } from './http/limits.ts'
import { mountOAuth, type OAuthApp } from './http/oauth.ts'
import { ALL_SCOPES } from './scopes.ts'
import { seedWorkspace } from './seed/index.ts'
import type { SeedSize } from './seed/sizes.ts'
import { randomFrom, uuidFrom } from './world/random.ts'
import { World } from './world/world.ts'

export interface AttioEmulatorOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  readonly seed?: number
  readonly size?: SeedSize
  /** Number of records instead of a size. */
  readonly records?: number
  /** How many workspaces; the second and every later one has deals disabled. */
  readonly workspaces?: number
  /** Tokens of the workspaces in order, 64 characters each. */
  readonly tokens?: readonly string[]
  /** Over Attio's own; `off` for none. */
  readonly limits?: Partial<LimitSettings> | 'off'
  readonly faults?: FaultChange
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
  /** Scale of webhook retry delays and of the time until a degraded webhook is inactive. */
  readonly timeScale?: number
  readonly say?: (line: string) => void
  /** Sees every answer of the API that faults did not touch: contract/check.ts judges them in tests. */
  readonly witness?: (answer: WitnessedAnswer) => void
}

export interface EmulatedWorkspace {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly token: string
  readonly tokenId: string
}

export interface AttioEmulator {
  readonly url: string
  readonly port: number
  readonly workspaces: readonly EmulatedWorkspace[]
  readonly oauth: OAuthApp & { redirectUris: string[] }
  readonly world: World
  readonly edit: Edits
  readonly deliveries: Deliverer
  readonly counters: Counters
  readonly faults: Faults
  stop(): Promise<void>
}

const NAMES = ['Acme', 'Northwind', 'Globex', 'Initech', 'Umbrella', 'Stark']

/** A world with seeded workspaces and nothing around it: for simulations without servers. */
export function seededWorld(options: AttioEmulatorOptions, faults: Faults = defaultFaults()) {
  const seed = options.seed ?? 1
  const clock = options.clock ?? Date.now
  const world = new World({
    clock: () => clock() + faults.clockSkewMs,
    random: randomFrom(seed),
    switches: faults.world,
  })
  const workspaces = Array.from({ length: options.workspaces ?? 1 }, (_, i): EmulatedWorkspace => {
    const name = NAMES[i] ?? `Workspace ${i + 1}`
    const { workspace, token } = seedWorkspace(world, {
      name,
      slug: name.toLowerCase().replace(' ', '-'),
      seed: seed * 1000 + i,
      size: options.size ?? 'small',
      disabled: i === 0 ? [] : ['deals'],
      ...(options.records === undefined ? {} : { records: options.records }),
      ...(options.tokens?.[i] === undefined ? {} : { token: options.tokens[i] }),
    })
    return { id: workspace.id, slug: workspace.slug, name, token: token.token, tokenId: token.id }
  })
  return { world, workspaces, edit: makeEdits(world) }
}

/** Everything but the socket: for simulations, which hand requests to `app` themselves. */
export interface AttioApp extends Omit<AttioEmulator, 'url' | 'port' | 'stop'> {
  readonly app: Hono<Http>
  stop(): void
}

export function attioApp(options: AttioEmulatorOptions = {}): AttioApp {
  const say = options.say ?? (() => {})
  const faults = defaultFaults()
  setFaults(faults, options.faults ?? {})
  const began = performance.now()
  const { world, workspaces, edit } = seededWorld(options, faults)
  say(`seeded ${workspaces.length} workspace(s) in ${Math.round(performance.now() - began)} ms`)

  const settings = options.limits === 'off' ? NO_LIMITS : { ...ATTIO_LIMITS, ...options.limits }
  const counters = new Counters()
  const random = randomFrom((options.seed ?? 1) + 77)
  const { witness } = options
  const parts = { world, faults, counters, random, limits: new Limits(settings, faults), ...(witness && { witness }) }
  const deliverer = new Deliverer({
    world,
    faults,
    counters,
    random,
    timeScale: options.timeScale ?? 1,
    limits: settings,
  })
  const oauth = {
    clientId: uuidFrom(random),
    clientSecret: uuidFrom(random),
    redirectUris: ['http://127.0.0.1/callback'],
    scopes: ALL_SCOPES,
  }

  const app = new Hono<Http>()
  mountOAuth(app, parts, [oauth])
  mountControl(app, { world, faults, counters, deliverer, edit })
  mountApi(app, parts)
  app.onError((error, c) => {
    say(`the emulator itself failed on ${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`)
    return c.text('emulator bug', 500)
  })

  let timer: NodeJS.Timeout | undefined
  const wake = () => {
    clearTimeout(timer)
    const due = world.nextDue()
    if (due === undefined) return
    timer = setTimeout(
      () => {
        world.advance()
        wake()
      },
      Math.max(1, due - world.now()),
    )
  }
  world.onDue(wake)
  return {
    app,
    workspaces,
    oauth,
    world,
    edit,
    deliveries: deliverer,
    counters,
    faults,
    stop() {
      clearTimeout(timer)
      deliverer.stop()
    },
  }
}

export async function startAttioEmulator(options: AttioEmulatorOptions = {}): Promise<AttioEmulator> {
  const { app, stop, ...parts } = attioApp(options)
  const { server, port } = await listen(app, options.port ?? 0)
  const url = `http://127.0.0.1:${port}`
  options.say?.(`Attio emulator on ${url}`)
  return {
    url,
    port,
    ...parts,
    async stop() {
      stop()
      const closed = new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      )
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}

function listen(app: Hono<Http>, port: number) {
  return new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve({ server, port: info.port }),
    )
    server.once('error', reject)
  })
}

export type { Delivery, Edits, FaultChange, Faults, LimitSettings, SeedSize }
export { ATTIO_LIMITS, defaultFaults, NO_LIMITS, setFaults }
