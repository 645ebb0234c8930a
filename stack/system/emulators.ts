/** The emulators of the two services that exist only in the cloud, as processes; skipped where the real one is named. */
import { freePort } from '../port.ts'
import { type Environment, Service } from './service.ts'

export interface EmulatorOptions {
  readonly directory: string
  /** Settings given by the user: a real Attio or turbopuffer named here is used instead. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly size: 'empty' | 'small' | 'medium' | 'large'
  readonly ports?: { readonly attio?: number; readonly turbopuffer?: number }
  /** More arguments for the Attio emulator, e.g. `--limits off`. */
  readonly attioArgs?: readonly string[]
  readonly signal?: AbortSignal | undefined
  readonly onLoss?: (sentence: string) => void
}

export interface Emulators {
  /** Settings that lead to them, or to the real ones. */
  readonly env: Environment
  readonly services: readonly Service[]
  /** Base URL of the emulated Attio, for its control plane; undefined when the real one is used. */
  readonly attioUrl: string | undefined
}

export async function emulators(options: EmulatorOptions): Promise<Emulators> {
  const { env, directory, size, ports = {}, attioArgs = [], signal, onLoss } = options
  const common = { directory, signal, ...(onLoss === undefined ? {} : { onLoss }) }
  const services: Service[] = []
  const settings: Record<string, string> = {}
  let attioUrl: string | undefined
  if (!env.ATTIO_API_URL && !env.ATTIO_API_KEY) {
    const port = ports.attio ?? (await freePort())
    attioUrl = `http://127.0.0.1:${port}`
    services.push(
      new Service({
        ...common,
        name: 'attio-emulator',
        script: 'test/emulators/attio/main.ts',
        args: ['--port', String(port), '--size', size, ...attioArgs],
        env: {},
        ready: () => answers(`${attioUrl}/_control/state`),
      }),
    )
    settings.ATTIO_API_URL = attioUrl
  }
  if (!env.TURBOPUFFER_BASE_URL && !env.TURBOPUFFER_API_KEY) {
    const port = ports.turbopuffer ?? (await freePort())
    const url = `http://127.0.0.1:${port}`
    services.push(
      new Service({
        ...common,
        name: 'turbopuffer-emulator',
        script: 'test/emulators/turbopuffer/main.ts',
        args: ['--port', String(port), '--api-key', TURBOPUFFER_KEY],
        env: {},
        ready: () => answers(`${url}/_control/counters`),
      }),
    )
    settings.TURBOPUFFER_BASE_URL = url
    settings.TURBOPUFFER_API_KEY = TURBOPUFFER_KEY
  }
  return { env: settings, services, attioUrl }
}

/** Known to nobody but the emulator on this machine. */
const TURBOPUFFER_KEY = 'tpuf_local_emulator'

export async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
}
