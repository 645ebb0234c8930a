/** The command: the settings it needs for the stores it asks, and what it does with them. */
import { type CommandContext, kafkaSettings } from '@attio-stream/service'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import { z } from 'zod'
import type { Asked } from './arguments.ts'
import { traceLines } from './print.ts'
import { iso } from './reach.ts'
import type { Store } from './stores.ts'
import { type Trace, traceOf } from './trace.ts'

const own = z.object({
  ...kafkaSettings,
  ATTIO_LATE_READ_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3_000)
    .describe("how far Attio's answers may trail its writes, ms: as compact has it"),
})

/** The settings of the command and of the stores together, so that all problems come in one message. */
export const settingsFor = (stores: readonly Store[]): z.ZodObject =>
  z.object(Object.assign({ ...own.shape }, ...stores.map(({ settings }) => settings.shape)))

export async function run(
  given: Record<string, unknown>,
  stores: readonly Store[],
  { id, at, values, json }: Asked,
  { signal, print, logger }: CommandContext,
): Promise<number> {
  const settings = given as z.infer<typeof own>
  const log = kafkaLog({
    brokers: settings.KAFKA_BROKERS,
    prefix: settings.CELL,
    clientId: 'trace',
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  const sinks = await Promise.all(stores.map((store) => store.open(given)))
  try {
    const codec = await openCodec({ registryUrl: settings.SCHEMA_REGISTRY_URL })
    const lateReadMs = settings.ATTIO_LATE_READ_MS
    const trace = await traceOf({
      log,
      codec,
      id,
      stores: sinks,
      lateReadMs,
      signal,
      ...(at === undefined ? {} : { at }),
    })
    if (trace === undefined) {
      const when = at === undefined ? '' : ` from before ${iso(at)}`
      print(
        `Nothing${when} is known of ${id}: no notice, no change, no state, no artifact. Is it the id of a record or its document, and is CELL right?`,
      )
      return 1
    }
    const shown = values ? trace : withoutText(trace)
    for (const line of json ? [JSON.stringify(shown)] : traceLines(trace, { values })) print(line)
    return 0
  } finally {
    await Promise.allSettled(sinks.map((sink) => sink.close()))
    await log.close()
  }
}

/** Without customer text; but the document as of a time was asked for. */
export function withoutText(trace: Trace): Trace {
  const bare = <T extends { readonly fields: Trace['decisions'][number]['fields'] }>(one: T): T => ({
    ...one,
    fields: one.fields.map(({ field }) => ({ field, before: null, after: null })),
  })
  return {
    ...trace,
    decisions: trace.decisions.map(bare),
    artifacts: trace.artifacts.map(bare),
    states: trace.states.map((state) => ({ ...state, body: null })),
    names: trace.names.map((naming) => ({ ...naming, name: null })),
    text: trace.asOf === null ? null : trace.text,
  }
}
