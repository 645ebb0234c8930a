/** The command for the stores: the settings it needs for those it is asked for, and what it does with them. */
import { toDocument } from '@attio-stream/documents'
import { type CommandContext, kafkaSettings } from '@attio-stream/service'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import { z } from 'zod'
import type { Asked } from './arguments.ts'
import { repair } from './repair.ts'
import { repairLines, reportLines } from './report.ts'
import type { Store } from './stores.ts'
import { STAGES } from './upstream.ts'
import { exitCodeOf, verify } from './verify.ts'

const own = z.object(kafkaSettings)

/** The settings of the command and of the stores together, so that all problems come in one message. */
export const settingsFor = (stores: readonly Store[]): z.ZodObject =>
  z.object(Object.assign({ ...own.shape }, ...stores.map(({ settings }) => settings.shape)))

export async function run(
  given: Record<string, unknown>,
  stores: readonly Store[],
  { workspace, waitMs, json, repair: mend }: Asked,
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
    const options = {
      log,
      codec,
      format: toDocument,
      stores: sinks,
      upstream: STAGES,
      waitMs,
      signal,
      ...(workspace === undefined ? {} : { workspace }),
      ...(json ? {} : { say: print }),
    }
    const tell = (report: unknown, lines: readonly string[]) => {
      for (const line of json ? [JSON.stringify(report)] : lines) print(line)
    }
    if (mend) {
      const report = await repair(options)
      tell(report, repairLines(report))
      return exitCodeOf(report.after)
    }
    const report = await verify(options)
    tell(report, reportLines(report))
    return exitCodeOf(report)
  } finally {
    await Promise.allSettled(sinks.map((sink) => sink.close()))
    await log.close()
  }
}
