/**
 * A whole system for the tests of one file: throwaway servers, emulators, apps. Started before the first test, stopped after
 * the last; the logs of a file with a failed test are kept and said.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before } from 'node:test'
import { type Service, type System, type SystemOptions, startSystem } from '@attio-stream/stack/system'
import { AttioControl, type EmulatedWorkspace } from './attio-control.ts'
import { openStores, type Store } from './stores.ts'
import { until } from './until.ts'

export interface Throwaway {
  readonly system: System
  readonly attio: AttioControl
  readonly workspaces: readonly EmulatedWorkspace[]
  /** Of a connected workspace; closed at the end. */
  stores(workspace: EmulatedWorkspace): readonly Store[]
  /** Connects a workspace, or connects it again. */
  connect(workspace: EmulatedWorkspace): Promise<void>
  /** Walks the workspace to its end; what the command said. */
  backfill(workspace: EmulatedWorkspace): Promise<string>
  /** Resolves when `verify` finds no difference. */
  verified(withinMs?: number): Promise<string>
  service(name: string): Service
}

export interface ThrowawayOptions extends Partial<SystemOptions> {
  /** What the tests of the file begin with. */
  readonly prepare: (running: Throwaway) => Promise<void>
  /** What they leave open. Called before the system stops. */
  readonly finish: () => Promise<void>
}

/** Registers the hooks of the file; what it gives can be asked from `prepare` on. */
export function throwaway({ prepare, finish, ...options }: ThrowawayOptions): () => Throwaway {
  const root = join(import.meta.dirname, '../../.data')
  const opened: Store[] = []
  let directory = ''
  let running: Throwaway | undefined
  let failed = false
  before(async () => {
    failed = true
    mkdirSync(root, { recursive: true })
    directory = mkdtempSync(join(root, 'e2e-'))
    const system = await startSystem({
      ephemeral: true,
      directory,
      say: () => {},
      onLoss: (sentence) => console.error(sentence),
      ...options,
    })
    running = of(system, (store) => opened.push(store))
    running = { ...running, workspaces: (await running.attio.state()).workspaces }
    await prepare(running)
    failed = false
  })
  afterEach((context) => {
    if ('passed' in context && !context.passed) failed = true
  })
  after(async () => {
    if (running !== undefined) await finish()
    await Promise.allSettled(opened.map((store) => store.close()))
    await running?.system.stop()
    if (failed) console.error(`The logs are in ${join(directory, 'logs')}`)
    else rmSync(directory, { recursive: true, force: true })
  })
  return () => {
    if (running === undefined) throw new Error('the system has not started')
    return running
  }
}

function of(system: System, opened: (store: Store) => void): Throwaway {
  const { env } = system
  const verify = () => system.command('apps/verify/main.ts', ['--wait', '20'])
  return {
    system,
    attio: new AttioControl(String(system.attioUrl)),
    workspaces: [],
    stores(workspace) {
      const stores = openStores({
        databaseUrl: String(env.DATABASE_URL),
        opensearchUrl: String(env.OPENSEARCH_URL),
        turbopufferUrl: String(env.TURBOPUFFER_BASE_URL),
        turbopufferKey: String(env.TURBOPUFFER_API_KEY),
        workspace: workspace.id,
      })
      for (const store of stores) opened(store)
      return stores
    },
    connect: async ({ token }) =>
      void (await system.command('apps/connect/main.ts', [], { env: { ATTIO_API_KEY: token } })),
    backfill: ({ id }) => system.command('apps/backfill/main.ts', ['--workspace', id, '--wait']),
    verified: (withinMs = 60_000) => until('verify finding no difference', verify, { withinMs }),
    service(name) {
      const service = system.services.get(name)
      if (service === undefined)
        throw new Error(`no service ${name}: there are ${[...system.services.keys()].join(', ')}`)
      return service
    },
  }
}
