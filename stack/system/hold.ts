/**
 * What `make up` leaves running: the whole system on fixed ports, the workspace connected and its backfill asked for. With a
 * real Attio that cannot reach this machine (no PUBLIC_WEBHOOK_URL), the workspace is connected without a webhook, aloud.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { identify } from '../pid.ts'
import type { Stack } from '../server.ts'
import type { ServiceState } from '../state.ts'
import type { Environment } from './service.ts'
import { type System, startSystem } from './system.ts'

export interface Held {
  readonly stack: Stack
  readonly services: readonly ServiceState[]
  stop(): Promise<void>
}

interface HoldOptions {
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export async function holdSystem({ env, ports, directory, size }: Config, { say, signal }: HoldOptions): Promise<Held> {
  const system = await startSystem({
    directory: join(directory, 'system'),
    serversDirectory: directory,
    env,
    ports,
    size,
    say,
    signal,
    onLoss: say,
  })
  try {
    await connect(system, { env, say })
  } catch (error) {
    await system.stop()
    throw error
  }
  const urls: Readonly<Record<string, string>> = {
    apps: `http://127.0.0.1:${system.env.HEALTH_PORT}/healthz`,
    'attio-emulator': `${system.env.ATTIO_API_URL}/_control/state`,
    'turbopuffer-emulator': `${system.env.TURBOPUFFER_BASE_URL}/_control/counters`,
  }
  const services = [...system.services.values()].map(({ name, pid }) => ({
    name,
    healthUrl: urls[name] ?? '',
    process: pid === undefined ? undefined : identify(pid),
  }))
  writeSettings(system.env)
  const stop = async () => {
    rmSync(SETTINGS, { force: true })
    await system.stop()
  }
  return { stack: system.stack, services, stop }
}

/** Read by every command of ours beside .env, so that `npm run verify` and the like find what `make up` has started. */
const SETTINGS = join(import.meta.dirname, '../../.data/up.env')

function writeSettings(settings: Environment): void {
  mkdirSync(dirname(SETTINGS), { recursive: true })
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  writeFileSync(SETTINGS, `${lines.join('\n')}\n`, { mode: 0o600 })
}

async function connect(system: System, options: { readonly env: Config['env']; readonly say: (line: string) => void }) {
  const { env, say } = options
  const token = env.ATTIO_API_KEY ?? (await emulatedToken(system.attioUrl))
  if (token === undefined) return say('No workspace is connected: set ATTIO_API_KEY, or npm run connect -- --token …')
  const reachable = system.attioUrl !== undefined || env.PUBLIC_WEBHOOK_URL !== undefined
  const printed = await system.command('apps/connect/main.ts', reachable ? [] : ['--without-webhook'], {
    env: { ATTIO_API_KEY: token },
    onLine: say,
  })
  const workspace = /\(([^(),]+), ([0-9a-f-]{36})\)/.exec(printed)?.[2]
  // A webhook that was there all the time has told of everything; Attio retries for three days.
  if (workspace === undefined || /\(kept\)/.test(printed)) return
  await system.command('apps/backfill/main.ts', ['--workspace', workspace], { onLine: say })
}

async function emulatedToken(url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined
  const response = await fetch(`${url}/_control/state`, { signal: AbortSignal.timeout(10_000) })
  const state = (await response.json()) as { readonly workspaces: readonly { tokens: readonly { token: string }[] }[] }
  return state.workspaces[0]?.tokens[0]?.token
}
