/**
 * How fast each sink takes in what stands in crm.artifacts: Postgres with its guarded upserts; OpenSearch beside a bare bulk
 * loop of the same documents on the same node in the same run, once with all processes on all cores and once with the node
 * alone on one core; turbopuffer with its requests in flight counted.
 */
import { execFileSync } from 'node:child_process'
import { createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { toDocument } from '@attio-stream/documents'
import type { RunningApps } from '@attio-stream/service'
import { createLogger, startApps } from '@attio-stream/service'
import { project, type Write } from '@attio-stream/sink'
import { OpenSearchStore, app as openSearchApp, storeSettings } from '@attio-stream/sink-opensearch'
import { app as postgresApp } from '@attio-stream/sink-postgres'
import { app as turbopufferApp } from '@attio-stream/sink-turbopuffer'
import { type Codec, kafkaLog, type Log, openCodec } from '@attio-stream/stream'
import { Client } from '@opensearch-project/opensearch'
import { madeArtifacts } from '../support/artifacts.ts'
import { until } from '../support/until.ts'
import { barePostgres } from './bare-postgres.ts'
import { benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'

const TOPIC = 'crm.artifacts'
/** As the sink sends them: documents in a request, requests at a time. */
const BULK = { documents: 1000, atOnce: 2 }
const MOST_WARM_UPS = 10
/** Where the sink writes unless it is told otherwise: its first generation. */
const POSTGRES_TABLE = 'search.documents_g1'
/** Index of the bare loop: a generation no sink writes. */
const BARE = 9000

export async function storesBench(say: (line: string) => void, documents = 20_000): Promise<readonly Figure[]> {
  const bench = await benchSystem({ say, size: 'empty', connect: false, processes: [] })
  const { env } = bench.system
  const log = kafkaLog({ brokers: String(env.KAFKA_BROKERS).split(','), clientId: 'bench' })
  const door = await countingDoor(String(env.TURBOPUFFER_BASE_URL))
  try {
    const codec = await openCodec({ registryUrl: String(env.SCHEMA_REGISTRY_URL) })
    const made = await madeArtifacts({ log, codec, workspace: bench.workspace.id })
    await made.write(Array(documents).keys())
    const drained = (app: typeof postgresApp, more: Readonly<Record<string, string>> = {}) =>
      drain(app as never, { log, env: { ...env, ...more, HEALTH_PORT: '0' } })

    const postgres = await drained(postgresApp)
    const itself = await barePostgres(String(env.DATABASE_URL), POSTGRES_TABLE)
    const [whole, plain] = [itself.whole.toFixed(0), itself.withoutFullText.toFixed(0)]
    say(`Postgres: ${postgres.toFixed(0)}/s, by itself ${whole}/s, ${plain}/s without the full text`)
    const lines = await linesOf(log, codec)
    await warmedUp(() => bulk(env, lines, BARE), say)
    const compared = async (): Promise<Compared> => {
      const before = await bulk(env, lines, BARE)
      const sink = await drained(openSearchApp as never)
      const bare = [before, await bulk(env, lines, BARE + 1)] as const
      say(`OpenSearch: ${sink.toFixed(0)}/s, bare ${bare.map((rate) => rate.toFixed(0)).join(' and ')}/s`)
      return { bare, sink }
    }
    const shared = await compared()
    await made.write(Array.from({ length: documents }, (_, n) => documents + n))
    const { stack } = bench.system
    const apart = await aloneOnOneCore(
      stack.server('opensearch').pid,
      [process.pid, stack.server('kafka').pid],
      compared,
    )
    const turbopuffer = await drained(turbopufferApp as never, { TURBOPUFFER_BASE_URL: door.url })
    say(`turbopuffer: ${turbopuffer.toFixed(0)}/s, at most ${door.most()} writes at once in a namespace`)
    return [
      {
        what: `Postgres, ${documents} guarded upserts from the topic`,
        measured: `${postgres.toFixed(0)}/s`,
        goal: '≥ 15000/s',
        met: postgres >= 15_000,
      },
      {
        what: 'Postgres by itself, copying these rows into a table of the same shape',
        measured: `${whole}/s`,
        goal: '',
      },
      { what: 'the same without the full text and its index', measured: `${plain}/s`, goal: '' },
      comparison('all on all cores', shared),
      comparison('the node alone on one core', apart),
      { what: 'turbopuffer (emulator)', measured: `${turbopuffer.toFixed(0)}/s`, goal: '' },
      {
        what: 'turbopuffer, writes in flight to one namespace',
        measured: String(door.most()),
        goal: '≤ 2',
        met: door.most() <= 2,
      },
    ]
  } finally {
    await door.stop()
    await log.close()
    await bench.stop()
  }
}

/** Documents a second: a bare bulk loop before and after the sink, and the sink. */
interface Compared {
  readonly bare: readonly [number, number]
  readonly sink: number
}

function comparison(where: string, compared: Compared | undefined): Figure {
  const what = `OpenSearch, the sink beside a bare bulk loop, ${where}`
  const goal = '≥ 90 % of bare'
  if (compared === undefined) return { what, measured: 'not measured: needs two cores and taskset', goal }
  const { bare, sink } = compared
  const ratio = sink / ((bare[0] + bare[1]) / 2)
  const measured = `${sink.toFixed(0)}/s beside ${bare.map((rate) => rate.toFixed(0)).join('/s, ')}/s (${(100 * ratio).toFixed(0)} %)`
  return { what, measured, goal, met: ratio >= 0.9 }
}

/**
 * With one process on a core of its own and some others on another, as if it stood on a machine of its own: how fast it can be
 * fed, not how processor time is shared out. undefined where that cannot be done.
 */
async function aloneOnOneCore<T>(
  alone: number | undefined,
  others: readonly (number | undefined)[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  const cores = availableParallelism()
  const pin = (pid: number, to: string) => execFileSync('taskset', ['-a', '-p', '-c', to, String(pid)])
  const known = others.filter((pid) => pid !== undefined)
  if (alone === undefined || cores < 2) return undefined
  try {
    pin(alone, '1')
  } catch {
    return undefined
  }
  try {
    for (const pid of known) pin(pid, '0')
    return await work()
  } finally {
    for (const pid of [alone, ...known]) pin(pid, `0-${cores - 1}`)
  }
}

/** Documents a second from the first commit to the last. */
async function drain(
  app: Parameters<typeof startApps>[0][number],
  { log, env }: { readonly log: Log; readonly env: Readonly<Record<string, string>> },
): Promise<number> {
  const position = async () => {
    const [committed, ends] = await Promise.all([log.committed(app.name, TOPIC), log.ends(TOPIC)])
    const done = committed.reduce((sum, offset) => sum + Math.max(0, offset), 0)
    return { done, left: ends.reduce((sum, end) => sum + end, 0) - done, at: performance.now() }
  }
  const before = (await position()).done
  const running: RunningApps = await startApps([app], { environment: env, logger: createLogger({ level: 'error' }) })
  try {
    const first = await until(
      'the first commit',
      async () => {
        const now = await position()
        if (now.done <= before) throw new Error('nothing yet')
        return now
      },
      { withinMs: 60_000, everyMs: 50 },
    )
    const last = await until(
      'the last commit',
      async () => {
        const now = await position()
        if (now.left > 0) throw new Error(`${now.left} left`)
        return now
      },
      { withinMs: 600_000, everyMs: 100 },
    )
    return (last.done - first.done) / ((last.at - first.at) / 1000)
  } finally {
    await running.stop()
  }
}

/** Every artifact as the two lines a bulk request has for it. */
async function linesOf(log: Log, codec: Codec): Promise<readonly string[]> {
  const lines: string[] = []
  const from = new Map((await log.beginnings(TOPIC)).entries())
  await log.read({
    topic: TOPIC,
    from,
    until: 'end',
    onMessages: async (_, messages) => {
      await codec.prepare(
        TOPIC,
        messages.map(({ value }) => value),
      )
      for (const message of messages) {
        const projection = project(message, codec, toDocument)
        if (projection.kind === 'write') lines.push(linesFor(projection.write))
      }
    },
  }).done
  return lines
}

function linesFor(write: Write): string {
  if (write.kind !== 'put') return ''
  const { document, hash, id, workspace, version, partition } = write
  const { objectSlug, webUrl, createdAt, record: _record, workspace: _workspace, ...rest } = document
  const source = {
    ...rest,
    record_id: id,
    workspace_id: workspace,
    version,
    partition,
    hash,
    deleted: false,
    object_slug: objectSlug,
    web_url: webUrl,
    created_at: createdAt,
  }
  return `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify(source)}\n`
}

/** A JVM that still learns is not what is compared: until a run is hardly faster than the fastest before. */
async function warmedUp(run: () => Promise<number>, say: (line: string) => void): Promise<void> {
  const rates: number[] = []
  for (let best = 0; rates.length < MOST_WARM_UPS; best = Math.max(...rates)) {
    rates.push(await run())
    if ((rates.at(-1) as number) < best * 1.05) break
  }
  say(`OpenSearch is warm: ${rates.map((rate) => rate.toFixed(0)).join(', ')}/s`)
}

/** Documents a second of a loop that does nothing but send. */
async function bulk(
  env: Readonly<Record<string, string>>,
  lines: readonly string[],
  generation: number,
): Promise<number> {
  const store = new OpenSearchStore(storeSettings.parse(env))
  const sink = store.sink(generation)
  await sink.open(new AbortController().signal)
  const index = String(store.places(generation)[0])
  const client = new Client({ node: String(env.OPENSEARCH_URL) })
  const waiting = Array.from({ length: Math.ceil(lines.length / BULK.documents) }, (_, n) =>
    lines.slice(n * BULK.documents, (n + 1) * BULK.documents).join(''),
  )
  const began = performance.now()
  const hand = async () => {
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      const { body: answer } = await client.bulk({ index, body: body as never })
      if (answer.errors) throw new Error('the bare bulk loop was refused something')
    }
  }
  await Promise.all(Array.from({ length: BULK.atOnce }, hand))
  const rate = lines.length / ((performance.now() - began) / 1000)
  await client.indices.delete({ index })
  await Promise.all([client.close(), sink.close(), store.close()])
  return rate
}

/** Hands everything on, and counts the writes that are under way to one namespace at the same time. */
async function countingDoor(target: string): Promise<{ url: string; most(): number; stop(): Promise<void> }> {
  const inside = new Map<string, number>()
  let most = 0
  const server: Server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? ''
    const isWrite = incoming.method === 'POST' && /^\/v2\/namespaces\/[^/]+$/.test(path)
    const now = (inside.get(path) ?? 0) + (isWrite ? 1 : 0)
    inside.set(path, now)
    most = Math.max(most, now)
    const { method = 'GET', headers } = incoming
    const passed = send(new URL(path, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => {
      if (isWrite) inside.set(path, (inside.get(path) ?? 1) - 1)
    })
    incoming.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: () => most,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
