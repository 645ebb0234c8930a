/**
 * `npm run backfill` and `npm run sweep`: ask for a run; the backfill app does it. Whoever asks while one is under way is
 * attached to it. With `--wait` (a sweep's default) it shows how far the run has come and ends with it: 0 when all is
 * walked, 1 when a stream failed.
 */
import { parseArgs } from 'node:util'
import { type CommandContext, type CommandDefinition, databaseSettings, openControl } from '@attio-stream/service'
import { sleep } from '@attio-stream/stream'
import { z } from 'zod'
import { Jobs } from './jobs.ts'
import { MISSING } from './stream.ts'
import { healedLine } from './summary.ts'
import { isOver, type RunKind, type Walk, type Walks } from './walks.ts'
import { walksIn } from './walks-in-postgres.ts'

const settings = z.object({ ...databaseSettings })
const EVERY = 1000

export const HELP: Readonly<Record<RunKind, string>> = {
  backfill: `npm run backfill -- --workspace ID or SLUG [--wait]
Reads the whole workspace again. The backfill app does it; --wait shows how far it is and ends with it.`,
  sweep: `npm run sweep -- --workspace ID or SLUG [--no-wait]
Reads the whole workspace and finds what webhooks missed: changes, and what is gone. The backfill app does it; this shows how
far it is and what was healed. --no-wait only asks for it.`,
}

export const backfillCommand: CommandDefinition<typeof settings> = {
  name: 'backfill',
  settings,
  run: (given, context) => runCommand('backfill', given.DATABASE_URL, context),
}
export const sweepCommand: CommandDefinition<typeof settings> = {
  name: 'sweep',
  settings,
  run: (given, context) => runCommand('sweep', given.DATABASE_URL, context),
}

async function runCommand(kind: RunKind, databaseUrl: string, context: CommandContext): Promise<number> {
  const { print, logger } = context
  const { values } = parseArgs({
    args: context.arguments.filter((argument, index) => index > 0 || argument !== kind),
    options: { workspace: { type: 'string' }, wait: { type: 'boolean', default: kind === 'sweep' } },
    allowNegative: true,
  })
  const control = await openControl({ databaseUrl })
  const walks = walksIn(control)
  try {
    const workspace = await find(control, values.workspace)
    const onError = (error: Error): void => logger.warn({ error }, 'The queue of runs has trouble.')
    const jobs = await Jobs.open({ databaseUrl, onError })
    const wanted = { workspace, kind, reason: 'somebody asked for it' }
    const { run, created } = await jobs.enqueue(wanted, walks, new Date()).finally(() => jobs.stop())
    print(
      created
        ? `Run ${run} of workspace ${workspace} is queued.`
        : `Run ${run} of workspace ${workspace} is under way already; this is how far it is.`,
    )
    return values.wait || !created ? await follow({ workspace, run, once: !values.wait }, walks, context) : 0
  } finally {
    await control.close()
  }
}

async function follow(
  { workspace, run, once }: { readonly workspace: string; readonly run: string; readonly once: boolean },
  walks: Walks,
  { print, signal }: CommandContext,
): Promise<number> {
  for (let before = { rows: 0, at: performance.now() }; ; ) {
    const all = await walks.ofRun(workspace, run)
    const rows = all.reduce((sum, walk) => sum + walk.rows, 0)
    const seconds = (performance.now() - before.at) / 1000
    print(progressLine(all, (rows - before.rows) / Math.max(seconds, 0.001)))
    before = { rows, at: performance.now() }
    const summary = await walks.summary(workspace, run)
    if (once) return 0
    const last = all.find(({ stream }) => stream === MISSING)
    const counting = last?.state === 'done' && summary === null
    if (all.every(isOver) && !counting) {
      summarise(all, print)
      if (summary !== null) print(`${summary.nominated} were not met and read one by one. ${healedLine(summary)}`)
      return all.some((walk) => walk.state === 'failed') ? 1 : 0
    }
    await sleep(EVERY, signal)
  }
}

/** One line: what is walked, what is not, records so far, records a second since the last line. */
export function progressLine(walks: readonly Walk[], rate: number): string {
  const rows = walks.reduce((sum, walk) => sum + walk.rows, 0)
  const ended = walks.filter(isOver).length
  const busy = walks.filter((walk) => walk.state === 'walking').map((walk) => `${walk.title} ${walk.rows}`)
  const waiting = walks.find((walk) => walk.state === 'waiting' && walk.reason !== '')
  const now = busy.length === 0 ? '' : `; walking ${busy.join(', ')}`
  const why = waiting === undefined ? '' : `; ${waiting.title} waits: ${waiting.reason}`
  return `${rows} rows, ${Math.max(0, Math.round(rate))}/s, ${ended} of ${walks.length} streams${now}${why}`
}

function summarise(walks: readonly Walk[], print: (line: string) => void): void {
  for (const { title, state, rows, pages, reason } of walks)
    print(`  ${title}: ${rows} rows in ${pages} reads, ${state}${reason === '' ? '' : ` (${reason})`}`)
}

async function find(control: Awaited<ReturnType<typeof openControl>>, wanted: string | undefined): Promise<string> {
  const rows = await control.db
    .selectFrom('connections')
    .select(['workspace_id', 'workspace_slug'])
    .where('status', '!=', 'disconnected')
    .execute()
  const [only] = rows
  const row =
    wanted === undefined && rows.length === 1
      ? only
      : rows.find((one) => one.workspace_id === wanted || one.workspace_slug === wanted)
  if (row !== undefined) return row.workspace_id
  const known = rows.map((one) => one.workspace_slug).join(', ')
  throw new Error(
    `Which workspace? Say --workspace with an id or slug; connected are: ${known === '' ? 'none (npm run connect)' : known}.`,
  )
}
