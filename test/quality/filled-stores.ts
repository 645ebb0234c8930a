/** The real OpenSearch and Postgres and the turbopuffer emulator, filled by the real sinks, and a Search over them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSearch, type Search, searchSettings } from '@attio-stream/search'
import type { Sink, Write } from '@attio-stream/sink'
import { OpenSearchSink, storeSettings as openSearchSettings } from '@attio-stream/sink-opensearch'
import { PostgresSink, storeSettings as postgresSettings } from '@attio-stream/sink-postgres'
import { storeSettings as turbopufferSettings, turbopufferSink } from '@attio-stream/sink-turbopuffer'
import { type Stack, startStack } from '@attio-stream/stack'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '../emulators/turbopuffer/index.ts'

export interface FilledStores extends AsyncDisposable {
  readonly search: Search
  readonly turbopuffer: TurbopufferEmulator
  readonly environment: Readonly<Record<string, string>>
  /** Into all three, readable when it resolves. */
  write(writes: readonly Write[]): Promise<void>
  /** Another Search over the same stores, with other settings. */
  open(environment: Readonly<Record<string, string | undefined>>): Search
}

const ROOT = join(import.meta.dirname, '../../.data')
const BATCH = 200

export async function filledStores(say: (line: string) => void = () => {}): Promise<FilledStores> {
  mkdirSync(ROOT, { recursive: true })
  const directory = mkdtempSync(join(ROOT, 'quality-'))
  const opened: AsyncDisposable[] = []
  const close = async () => {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const stack: Stack = await startStack({ servers: ['opensearch', 'postgres'], directory, ephemeral: true, say })
    opened.push({ [Symbol.asyncDispose]: () => stack.stop() })
    const turbopuffer = await startTurbopufferEmulator()
    opened.push({ [Symbol.asyncDispose]: () => turbopuffer.stop() })
    const environment = {
      OPENSEARCH_URL: String(stack.addresses.opensearchUrl),
      DATABASE_URL: String(stack.addresses.databaseUrl),
      TURBOPUFFER_BASE_URL: turbopuffer.url,
      TURBOPUFFER_API_KEY: turbopuffer.apiKey,
    }
    const sinks: readonly Sink[] = [
      new OpenSearchSink(openSearchSettings.parse(environment)),
      new PostgresSink(postgresSettings.parse(environment)),
      turbopufferSink(turbopufferSettings.parse(environment)),
    ]
    const signal = new AbortController().signal
    for (const sink of sinks) {
      await sink.open(signal)
      opened.push({ [Symbol.asyncDispose]: () => sink.close() })
    }
    const open = (more: Readonly<Record<string, string | undefined>>): Search => {
      const search = openSearch(searchSettings.parse({ ...environment, ...more }))
      opened.push({ [Symbol.asyncDispose]: () => search.close() })
      return search
    }
    const write = async (writes: readonly Write[]) => {
      for (const sink of sinks) {
        for (let from = 0; from < writes.length; from += BATCH) {
          const refusals = await sink.write(writes.slice(from, from + BATCH), signal)
          if (refusals.length > 0) throw new Error(`${sink.name} refuses: ${refusals[0]?.reason}`)
        }
        await sink.refresh()
      }
    }
    return { search: open({}), turbopuffer, environment, write, open, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
