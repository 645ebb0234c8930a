/**
 * Runs the tests with Node's own runner: `unit` files side by side, then `wire` and `e2e` files, which use real servers, one
 * after the other; `long` and `image` ones are asked for by name. One report, ending in the runner's summary over all. Exit code 1 when a test
 * failed or none was found.
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['apps', 'examples', 'libs', 'stack', 'test']
/** A file that takes longer than this hangs, ms. */
const TIMEOUT = { unit: 3 * 60_000, wire: 15 * 60_000, long: 15 * 60_000, image: 15 * 60_000 } as const

type Kind = keyof typeof TIMEOUT
type Event = { readonly type: string; readonly data: Readonly<Record<string, unknown>> }
interface Summary {
  readonly counts: Readonly<Record<string, number>>
  readonly duration_ms: number
  readonly success: boolean
}

function filesOf(kind: Kind): readonly string[] {
  const files = FOLDERS.flatMap((folder) =>
    globSync(`${folder}/**/*.test.ts`, { cwd: ROOT, exclude: ['**/node_modules/**'] }),
  )
  return files.filter((file) => kindOf(file) === kind).sort()
}

function kindOf(file: string): Kind {
  if (/\.long\.test\.ts$/.test(file)) return 'long'
  if (/\.image\.test\.ts$/.test(file)) return 'image'
  return /\.(wire|e2e)\.test\.ts$/.test(file) ? 'wire' : 'unit'
}

/** The events of all runs, as if they were one: the summaries are added up. */
async function* events(kinds: readonly Kind[], signal: AbortSignal): AsyncGenerator<Event> {
  const summaries: Summary[] = []
  for (const kind of kinds) {
    const files = filesOf(kind).map((file) => join(ROOT, file))
    const concurrency = kind === 'unit' ? availableParallelism() : 1
    for await (const event of run({
      files,
      concurrency,
      timeout: TIMEOUT[kind],
      signal,
      cwd: ROOT,
    }) as AsyncIterable<Event>) {
      if (event.type === 'test:summary' && event.data.file === undefined)
        summaries.push(event.data as unknown as Summary)
      else if (!isTotal(event)) yield event
    }
  }
  yield* totals(summaries)
}

/** Plan and counts of one run; told once for all instead. */
function isTotal({ type, data }: Event): boolean {
  return data.nesting === 0 && data.file === undefined && (type === 'test:plan' || type === 'test:diagnostic')
}

/** What the runner says at the end, by its names for the counts. */
const COUNTS = {
  tests: 'tests',
  suites: 'suites',
  passed: 'pass',
  failed: 'fail',
  cancelled: 'cancelled',
  skipped: 'skipped',
  todo: 'todo',
} as const

function* totals(summaries: readonly Summary[]): Generator<Event> {
  const sum = (name: string) => summaries.reduce((total, summary) => total + (summary.counts[name] ?? 0), 0)
  const duration_ms = summaries.reduce((total, summary) => total + summary.duration_ms, 0)
  const success = summaries.every((summary) => summary.success) && sum('tests') > 0
  if (!success) process.exitCode = 1
  yield { type: 'test:plan', data: { nesting: 0, count: sum('topLevel') } }
  for (const [name, label] of Object.entries(COUNTS)) yield diagnostic(`${label} ${sum(name)}`)
  yield diagnostic(`duration_ms ${duration_ms}`)
  const counts = Object.fromEntries([...Object.keys(COUNTS), 'topLevel'].map((name) => [name, sum(name)]))
  yield { type: 'test:summary', data: { success, counts, duration_ms } }
}

function diagnostic(message: string): Event {
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }
}

const kinds = process.argv.slice(2).filter((kind): kind is Kind => kind in TIMEOUT)
if (kinds.length === 0) {
  process.stderr.write(
    `usage: node ${relative(process.cwd(), import.meta.filename)} unit | wire | long | image, or several\n`,
  )
  process.exit(2)
}
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
await pipeline(Readable.from(events(kinds, stop.signal)), new spec(), process.stdout)
if (stop.signal.aborted) process.exitCode = 130
