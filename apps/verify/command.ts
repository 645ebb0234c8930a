/** The command: its arguments, the settings it needs for the stores it is asked for, and what it does with them. */
import { parseArgs } from 'node:util'
import { toDocument } from '@attio-stream/documents'
import { type CommandContext, kafkaSettings } from '@attio-stream/service'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import { z } from 'zod'
import { reportLines } from './report.ts'
import type { Store } from './stores.ts'
import { STORES } from './stores.ts'
import { STAGES } from './upstream.ts'
import { exitCodeOf, verify } from './verify.ts'

const own = z.object(kafkaSettings)

export function argumentsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workspace: { type: 'string' },
      stores: { type: 'string', default: STORES.join(',') },
      wait: { type: 'string', default: '30' },
      json: { type: 'boolean', default: false },
    },
  })
  const wait = Number(values.wait)
  if (!Number.isFinite(wait) || wait < 0) throw new Error('--wait takes seconds.')
  return { ...values, stores: values.stores.split(',').filter((name) => name !== ''), waitMs: wait * 1000 }
}

/** The settings of the command and of the stores together, so that all problems come in one message. */
export const settingsFor = (stores: readonly Store[]): z.ZodObject =>
  z.object(Object.assign({ ...own.shape }, ...stores.map(({ settings }) => settings.shape)))

export async function run(
  given: Record<string, unknown>,
  stores: readonly Store[],
  { workspace, waitMs, json }: ReturnType<typeof argumentsOf>,
  { signal, print, logger }: CommandContext,
): Promise<number> {
  const { KAFKA_BROKERS: brokers, CELL: prefix, SCHEMA_REGISTRY_URL: registryUrl } = given as z.infer<typeof own>
  const log = kafkaLog({
    brokers,
    prefix,
    clientId: 'verify',
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  const sinks = await Promise.all(stores.map((store) => store.open(given)))
  try {
    const codec = await openCodec({ registryUrl })
    const report = await verify({
      log,
      codec,
      format: toDocument,
      stores: sinks,
      upstream: STAGES,
      waitMs,
      signal,
      ...(workspace === undefined ? {} : { workspace }),
      ...(json ? {} : { say: print }),
    })
    if (json) print(JSON.stringify(report))
    else for (const line of reportLines(report)) print(line)
    return exitCodeOf(report)
  } finally {
    await Promise.allSettled(sinks.map((sink) => sink.close()))
    await log.close()
  }
}
