/** A running system for a benchmark: throwaway servers, the emulated workspace of a size, connected. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Stack, startStack } from '@attio-stream/stack'
import { type System, type SystemOptions, startSystem } from '@attio-stream/stack/system'
import { AttioControl, type EmulatedWorkspace } from '../support/attio-control.ts'
import { openStores, type Store } from '../support/stores.ts'

export interface BenchSystem {
  readonly system: System
  readonly attio: AttioControl
  readonly workspace: EmulatedWorkspace
  readonly stores: readonly Store[]
  /** Process ids of our own processes, emulators left out. */
  readonly pids: () => readonly number[]
  stop(): Promise<void>
}

/** Throwaway, and as fast in the long run as servers that stay. */
const SERVERS = { ephemeral: true, brief: false } as const

/** Brokers and registry alone. */
export const benchStack = (directory: string, say: (line: string) => void): Promise<Stack> =>
  startStack({ ...SERVERS, servers: ['kafka', 'registry'], directory, say })

const EMULATORS = new Set(['attio-emulator', 'turbopuffer-emulator'])

export async function benchSystem(
  options: Partial<SystemOptions> & { readonly say: (line: string) => void; readonly connect?: boolean },
): Promise<BenchSystem> {
  const root = join(import.meta.dirname, '../../.data')
  const directory = mkdtempSync(join(root, 'bench-'))
  const system = await startSystem({ ...SERVERS, onLoss: options.say, directory, ...options })
  try {
    const attio = new AttioControl(String(system.attioUrl))
    const [workspace] = (await attio.state()).workspaces
    if (workspace === undefined) throw new Error('the emulated Attio has no workspace')
    if (options.connect !== false)
      await system.command('apps/connect/main.ts', [], { env: { ATTIO_API_KEY: workspace.token } })
    const stores = storesOf(system, workspace)
    const ours = [...system.services.values()].filter(({ name }) => !EMULATORS.has(name))
    return {
      system,
      attio,
      workspace,
      stores,
      pids: () => ours.flatMap(({ pid }) => pid ?? []),
      async stop() {
        await Promise.all(stores.map((store) => store.close()))
        await system.stop()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await system.stop()
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/** The stores as readers of the workspace see them. */
export function storesOf({ env }: System, { id }: EmulatedWorkspace): readonly Store[] {
  return openStores({
    databaseUrl: String(env.DATABASE_URL),
    opensearchUrl: String(env.OPENSEARCH_URL),
    turbopufferUrl: String(env.TURBOPUFFER_BASE_URL),
    turbopufferKey: String(env.TURBOPUFFER_API_KEY),
    workspace: id,
  })
}
