/**
 * An emulator of turbopuffer's HTTP API for development and tests, driven by the official SDK through `baseURL`. Keeps
 * everything in memory; README.md says what is documented, what was seen, and what is assumed.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counters } from './counters.ts'
import { Faults } from './faults.ts'
import type { HardLimits, Throughput } from './limits.ts'
import { HARD_LIMITS, PRODUCTION } from './limits.ts'
import type { Latency } from './server.ts'
import { handle } from './server.ts'
import { Store } from './store.ts'

export type { CounterValues } from './counters.ts'
export type { Fault, Operation } from './faults.ts'
export type { Latency } from './server.ts'
export { Counters, Faults, Store }

export interface TurbopufferEmulatorOptions {
  /** 0 or left out: a free port. */
  readonly port?: number
  readonly host?: string
  readonly apiKey?: string
  /** Added to each write and query, as object storage would. */
  readonly latency?: Latency
  /** `on`: the production limits on throughput, and one log entry a second. Sizes are always limited. */
  readonly limits?: 'off' | 'on' | Throughput
  /** Smaller sizes than turbopuffer's, to meet a limit in a test. */
  readonly sizes?: Partial<HardLimits>
  readonly say?: (line: string) => void
}

export interface TurbopufferEmulator {
  readonly url: string
  readonly apiKey: string
  readonly store: Store
  readonly faults: Faults
  readonly counters: Counters
  stop(): Promise<void>
}

export async function startTurbopufferEmulator(options: TurbopufferEmulatorOptions = {}): Promise<TurbopufferEmulator> {
  const { apiKey = 'tpuf_emulator', host = '127.0.0.1', latency = {}, limits = 'off', say } = options
  const sizes: HardLimits = { ...HARD_LIMITS, ...options.sizes }
  const throughput = limits === 'off' ? null : limits === 'on' ? PRODUCTION : limits
  const store = new Store(sizes, throughput)
  const faults = new Faults()
  const counters = new Counters()
  const stopping = new AbortController()
  const service = {
    apiKey,
    store,
    faults,
    counters,
    latency,
    maxRequestBytes: sizes.requestBytes,
    signal: stopping.signal,
  }
  const server = createServer((request, response) => void handle(service, request, response))
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const url = `http://${host}:${port}`
  say?.(`turbopuffer emulator at ${url}, API key ${apiKey}, throughput limits ${throughput ? 'on' : 'off'}`)
  return {
    url,
    apiKey,
    store,
    faults,
    counters,
    stop: async () => {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
