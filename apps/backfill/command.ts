/**
 * `npm run backfill -- --workspace ID or SLUG [--wait]`: asks for a run; the backfill app does it. With `--wait` it shows how
 * far the run has come and ends with it: 0 when all is walked, 1 when a stream failed.
 */
import { parseArgs } from 'node:util'
import { type CommandDefinition, databaseSettings, openControl } from '@attio-stream/service'
import { sleep } from '@attio-stream/stream'
import { z } from 'zod'
import { Jobs } from './jobs.ts'
import type { Walk } from './walks.ts'
import { walksIn } from './walks-in-postgres.ts'

const settings = z.object({ ...databaseSettings })
const EVERY = 1000

export const backfillCommand: CommandDefinition<typeof settings> = {
  name: 'backfill',
  settings,
  async run(given, { arguments: args, print, signal, logger }) {
    const { values } = parseArgs({
      args: [...args],
      options: { workspace: { type: 'string' }, wait: { type: 'boolean', default: false } },
    })
    const control = await openControl({ databaseUrl: given.DATABASE_URL })
    const walks = walksIn(control)
    try {
      const workspace = await find(control, values.workspace)
      const onError = (error: Error): void => logger.warn({ error }, 'The queue of runs has trouble.')
      const jobs = await Jobs.open({ databaseUrl: given.DATABASE_URL, onError })
      const { run, created } = await jobs.enqueue(workspace, walks, new Date()).finally(() => jobs.stop())
      print(
        created
          ? `Run ${run} of workspace ${workspace} is queued.`
          : `Run ${run} of workspace ${workspace} is under way already.`,
      )
      if (!values.wait) return 0
      for (let before = { rows: 0, at: performance.now() }; ; ) {
        const all = await walks.ofRun(workspace, run)
        const rows = all.reduce((sum, walk) => sum + walk.rows, 0)
        const seconds = (performance.now() - before.at) / 1000
        print(progressLine(all, (rows - before.rows) / Math.max(seconds, 0.001)))
        before = { rows, at: performance.now() }
        const open = all.filter((walk) => walk.state === 'waiting' || walk.state === 'walking')
        if (open.length === 0) return summarise(all, print)
        await sleep(EVERY, signal)
      }
    } finally {
      await control.close()
    }
  },
}

/** One line: what is walked, what is not, records so far, records a second since the last line. */
export function progressLine(walks: readonly Walk[], rate: number): string {
  const rows = walks.reduce((sum, walk) => sum + walk.rows, 0)
  const ended = walks.filter((walk) => walk.state !== 'waiting' && walk.state !== 'walking').length
  const busy = walks.filter((walk) => walk.state === 'walking').map((walk) => `${walk.title} ${walk.rows}`)
  const waiting = walks.find((walk) => walk.state === 'waiting' && walk.reason !== '')
  const now = busy.length === 0 ? '' : `; walking ${busy.join(', ')}`
  const why = waiting === undefined ? '' : `; ${waiting.title} waits: ${waiting.reason}`
  return `${rows} rows, ${Math.max(0, Math.round(rate))}/s, ${ended} of ${walks.length} streams${now}${why}`
}

function summarise(walks: readonly Walk[], print: (line: string) => void): number {
  for (const { title, state, rows, reason } of walks)
    print(`  ${title}: ${rows} rows, ${state}${reason === '' ? '' : ` (${reason})`}`)
  return walks.some((walk) => walk.state === 'failed') ? 1 : 0
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
