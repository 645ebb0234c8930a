/**
 * Where chaos happens: real servers, every app a process of its own, and the emulators of Attio and turbopuffer in this
 * process, so that edits, faults and the truth are at hand while everything else is killed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { APPS, type Service, type System, startSystem } from '@attio-stream/stack/system'
import { type AttioEmulator, type EmulatedWorkspace, startAttioEmulator } from '../emulators/attio/index.ts'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '../emulators/turbopuffer/index.ts'
import { openStores, type Store } from '../support/stores.ts'
import { openTopics, type Topics } from '../support/topics.ts'

export interface Ground {
  readonly attio: AttioEmulator
  readonly turbopuffer: TurbopufferEmulator
  readonly system: System
  readonly workspace: EmulatedWorkspace
  readonly stores: readonly Store[]
  readonly topics: Topics
  /** Logs and everything else of this run. */
  readonly directory: string
  /** Sentences of processes that ended although nobody killed them. */
  readonly losses: readonly string[]
  service(name: string): Service
  /** `keep`: the logs stay. */
  stop(options: { readonly keep: boolean }): Promise<void>
}

export interface GroundOptions {
  readonly seed: number
  readonly records: number
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** Retries of deliveries come three hundred times as fast as Attio's. */
const TIME_SCALE = 0.003

export async function prepareGround({ seed, records, say, signal }: GroundOptions): Promise<Ground> {
  const root = join(import.meta.dirname, '../../.data')
  mkdirSync(root, { recursive: true })
  const directory = mkdtempSync(join(root, 'chaos-'))
  const open: (() => Promise<unknown>)[] = [async () => rmSync(directory, { recursive: true, force: true })]
  const stop = async ({ keep }: { readonly keep: boolean }) => {
    if (keep) open.shift()
    for (const close of open.splice(0).reverse()) await close()
  }
  const losses: string[] = []
  try {
    const attio = await startAttioEmulator({ seed, records, timeScale: TIME_SCALE, say })
    open.push(() => attio.stop())
    const turbopuffer = await startTurbopufferEmulator({ apiKey: 'tpuf_chaos' })
    open.push(() => turbopuffer.stop())
    const system = await startSystem({
      ephemeral: true,
      directory,
      say,
      ...(signal && { signal }),
      processes: APPS.map((name) => [name]),
      settings: {
        PARTITIONS: '4',
        ATTIO_API_URL: attio.url,
        TURBOPUFFER_BASE_URL: turbopuffer.url,
        TURBOPUFFER_API_KEY: turbopuffer.apiKey,
      },
      onLoss: (sentence) => {
        losses.push(sentence)
        say(sentence)
      },
    })
    open.push(() => system.stop())
    const [workspace] = attio.workspaces
    if (workspace === undefined) throw new Error('the emulated Attio has no workspace')
    await system.command('apps/connect/main.ts', [], { env: { ATTIO_API_KEY: workspace.token } })
    const topics = await openTopics(system)
    open.push(() => topics.close())
    const stores = openStores({
      databaseUrl: String(system.env.DATABASE_URL),
      opensearchUrl: String(system.env.OPENSEARCH_URL),
      turbopufferUrl: turbopuffer.url,
      turbopufferKey: turbopuffer.apiKey,
      workspace: workspace.id,
    })
    open.push(() => Promise.allSettled(stores.map((store) => store.close())))
    const service = (name: string) => {
      const found = system.services.get(name)
      if (found === undefined) throw new Error(`There is no process ${name}.`)
      return found
    }
    return { attio, turbopuffer, system, workspace, stores, topics, directory, losses, service, stop }
  } catch (error) {
    await stop({ keep: true })
    throw new Error(`The system did not start; its logs are in ${join(directory, 'logs')}`, { cause: error })
  }
}
