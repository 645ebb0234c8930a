/** The command for the source end: which workspaces, through whose budget, and what is said of it. */
import { AttioClient, AttioClock, Budgets, RATES, UNLIMITED } from '@attio-stream/attio'
import {
  type CommandContext,
  type Connection,
  Connections,
  controlSettings,
  kafkaSettings,
  keyring,
  openControl,
} from '@attio-stream/service'
import { kafkaLog, openCodec, publisher } from '@attio-stream/stream'
import pg from 'pg'
import { z } from 'zod'
import type { Asked } from '../arguments.ts'
import { repairSource, type SourceRepairReport } from './repair-source.ts'
import { exitCodeOf, progressLine, sourceLines, sourceRepairLines } from './report.ts'
import { type SourceOptions, type SourceReport, verifySource } from './verify-source.ts'

export const settings = z.object({
  ...kafkaSettings,
  ...controlSettings,
  ATTIO_API_URL: z.url().default('https://api.attio.com').describe('where Attio answers; an emulator in tests'),
  ATTIO_READS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(0)
    .max(80)
    .default(50)
    .describe('reads a second of one workspace, all processes together; 0 for no limit (emulators only)'),
  ATTIO_LATE_READ_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3_000)
    .describe("how far Attio's answers may trail its writes, ms (R3)"),
})

const EVERY = 5_000
/** Beyond what Attio may trail, ms. */
const SLACK = 2_000

export async function runSource(
  given: z.infer<typeof settings>,
  { workspace, waitMs, json, repair }: Asked,
  { signal, print, logger }: CommandContext,
): Promise<number> {
  const control = await openControl({ databaseUrl: given.DATABASE_URL, poolSize: 1 })
  const pool = new pg.Pool({ connectionString: given.DATABASE_URL, max: 1, application_name: 'attio-stream budget' })
  pool.on('error', () => undefined)
  const log = kafkaLog({
    brokers: given.KAFKA_BROKERS,
    prefix: given.CELL,
    clientId: 'verify',
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  try {
    const keys = keyring(given.ENCRYPTION_KEY, given.ENCRYPTION_KEYS_OLD)
    const connections = await chosen(new Connections(control, keys), workspace)
    const rates = { ...RATES, total: given.ATTIO_READS_PER_SECOND }
    const budgets = rates.total === 0 ? null : await Budgets.inPostgres(pool, rates, { schema: 'control' })
    const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
    const clock = new AttioClock()
    const reports: (SourceReport | SourceRepairReport)[] = []
    let code = 0
    for (const { workspaceId, workspaceSlug, token } of connections) {
      if (!json) print(`Comparing workspace ${workspaceSlug} with Attio …`)
      const client = new AttioClient({
        token,
        baseUrl: given.ATTIO_API_URL,
        clock,
        budget: budgets?.of(workspaceId) ?? UNLIMITED,
        share: 'sweep',
      })
      const options: SourceOptions = {
        log,
        codec,
        client,
        workspace: workspaceId,
        signal,
        waitMs,
        settleMs: given.ATTIO_LATE_READ_MS + SLACK,
        lateReadMs: given.ATTIO_LATE_READ_MS,
        ...(json ? {} : { onProgress: nowAndThen(print), say: print }),
      }
      const report = repair
        ? await repairSource({ ...options, publisher: publisher(log, codec) })
        : await verifySource(options)
      reports.push(report)
      const lines = 'before' in report ? sourceRepairLines(report) : sourceLines(report)
      if (!json) for (const line of lines) print(line)
      code = worse(code, exitCodeOf(report))
    }
    if (json) print(JSON.stringify(reports))
    return code
  } finally {
    await log.close()
    await pool.end()
    await control.close()
  }
}

/** 1 says more than 2. */
const worse = (a: number, b: number): number => (a === 1 || b === 1 ? 1 : Math.max(a, b))

function nowAndThen(print: (line: string) => void): NonNullable<SourceOptions['onProgress']> {
  const began = performance.now()
  let said = began
  return (progress) => {
    const now = performance.now()
    if (now - said < EVERY) return
    said = now
    print(progressLine(progress, (now - began) / 1000))
  }
}

/** The workspace asked for, or all that are active. */
async function chosen(connections: Connections, workspace: string | undefined): Promise<readonly Connection[]> {
  const { connections: all, unreadable } = await connections.list()
  const found = all.filter(({ workspaceId, workspaceSlug, status }) =>
    workspace === undefined ? status === 'active' : [workspaceId, workspaceSlug].includes(workspace),
  )
  if (found.length > 0 && found.every(({ status }) => status !== 'disconnected')) return found
  const closed = unreadable.find(({ workspaceId }) => workspaceId === workspace)
  if (closed !== undefined) throw new Error(closed.reason)
  const known = all.map(({ workspaceSlug }) => workspaceSlug).join(', ')
  throw new Error(
    `${workspace === undefined ? 'No workspace is connected' : `No workspace ${workspace} is connected`}; connected are: ${known === '' ? 'none (npm run connect)' : known}.`,
  )
}
