/** A started emulator with the official client on it, stopped when the test is over. */
import type { TestContext } from 'node:test'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import type { TurbopufferEmulator, TurbopufferEmulatorOptions } from './index.ts'
import { startTurbopufferEmulator } from './index.ts'

export interface Case {
  readonly emulator: TurbopufferEmulator
  readonly client: Turbopuffer
  readonly ns: ReturnType<Turbopuffer['namespace']>
}

export async function emulatorCase(t: TestContext, options: TurbopufferEmulatorOptions = {}): Promise<Case> {
  const emulator = await startTurbopufferEmulator(options)
  t.after(() => emulator.stop())
  const client = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, maxRetries: 0, logLevel: 'off' })
  return { emulator, client, ns: client.namespace('demo') }
}

/** Matches an API error by status and by text of its body. */
export const apiError = (status: number, text: string) => (error: unknown) => {
  const seen = error as { status?: number; message: string }
  return seen.status === status && seen.message.includes(JSON.stringify(text).slice(1, -1))
}
