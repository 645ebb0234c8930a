/**
 * Runs one schedule from an empty system to rest, and says what it found: every document in every store against the oracle,
 * what stores and readers must never see, and acknowledged webhooks that were lost. The same schedule is the same run.
 */
import { AttioClient, createWebhook } from '@attio-stream/attio'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { Desk } from '../oracle/random-edits.ts'
import { ATTIO_HOST, attioServer } from './attio-server.ts'
import { check, neverSeen } from './check.ts'
import { obey, type Scene } from './commands.ts'
import { live } from './globals.ts'
import { HOOKS_HOST, hooksServer } from './hooks-server.ts'
import { Machine } from './machine.ts'
import { disks } from './memory-lmdb.ts'
import { networkOf, type Server } from './network.ts'
import type { Schedule } from './schedule.ts'
import { LATE_READ_MS } from './stages.ts'
import { STAGES, System } from './system.ts'
import { VirtualTime } from './virtual-time.ts'
import { attioIn, calm, needsSweep, rough, seen } from './weather.ts'

export interface Outcome {
  /** Sentences about what is wrong; none: it passed. */
  readonly faults: readonly string[]
  /** Of everything that happened, in order. */
  readonly hash: number
  readonly events: number
  /** How often each kind of trouble really happened. */
  readonly counts: Readonly<Record<string, number>>
  /** What was done in Attio. */
  readonly edits: readonly string[]
}

export interface SimulateOptions {
  /** Folder for what must be a file; nothing is left in it that another run reads. */
  readonly root: string
  readonly onEvent?: (at: number, label: string) => void
}

const BEGIN = Date.UTC(2026, 0, 5, 9)
/** Most ms a request or an answer is on its way. */
const SLOWEST = 120

export async function simulate(schedule: Schedule, { root, onEvent }: SimulateOptions): Promise<Outcome> {
  const { weather, commands } = schedule
  const counts: Record<string, number> = {}
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  const edits: string[] = []
  const time = new VirtualTime(BEGIN, randomFrom(weather.seed))
  time.onEvent = onEvent
  const servers = new Map<string, Server>()
  live(time, networkOf({ time, servers, slowest: SLOWEST, slow: weather.slow, slowPages: weather.slowPages }))
  disks.clear()

  const attioMachine = new Machine('attio')
  const attio = attioMachine.run(() => attioIn(weather, time))
  const { workspaces, world, edit } = attio
  const { skewMs, tickMs, pageSize, transaction } = weather
  const system = new System({ time, workspaces, root, skewMs, tickMs, pageSize, transaction, count })
  const hidden = new Set<string>()
  servers.set(HOOKS_HOST, hooksServer(system))
  servers.set(ATTIO_HOST, attioServer({ attio, machine: attioMachine, hidden, onAnswer: witness(count, edits) }))
  const desks = workspaces.map(({ id }) => new Desk(world, edit, time.random, id))
  const scene: Scene = {
    attio,
    attioMachine,
    system,
    time,
    desks,
    hidden,
    told: { merges: 0, silence: 0 },
    count,
    edited: (what) => void edits.push(what),
  }
  try {
    await connect(scene)
    rough(attio.faults, system, weather)
    if (workspaces.length > 1) count('two workspaces')
    for (const { id } of workspaces) system.walk(id)
    for (const stage of STAGES)
      for (let n = 0; n < weather.members || (stage === 'backfill' && n < 2); n++) system.start(stage)
    if (weather.settled) await time.run()
    // Else in the middle of its pages.
    else for (let n = 0; n < 100 && counts['page walked'] === undefined; n++) await time.run(time.now + 100)
    for (const command of commands) {
      if (command.kind === 'wait') await time.run(time.now + command.ms)
      else {
        time.note(command.kind)
        obey(command, scene)
      }
    }
    calm(attio.faults, system)
    await time.run()
    if (needsSweep(scene, weather)) {
      // Its reads trail too: what was edited a moment ago the next sweep would find.
      await time.run(time.now + LATE_READ_MS)
      for (const { id } of workspaces) system.walk(id, 'sweep')
      await time.run()
    }
    const faults = [...(await neverSeen(scene)), ...(await check(scene))]
    return { faults, hash: time.hash, events: time.events, counts: { ...counts, ...seen(attio) }, edits }
  } catch (error) {
    const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { faults: [sentence], hash: time.hash, events: time.events, counts, edits }
  } finally {
    system.end()
    attio.stop()
    attioMachine.kill()
  }
}

/** Registers a webhook of every workspace, as connecting does. */
async function connect({ attio, system, time }: Scene): Promise<void> {
  const register = async (): Promise<void> => {
    for (const { id, token } of attio.workspaces) {
      const client = new AttioClient({ token, baseUrl: `https://${ATTIO_HOST}` })
      const key = `key-of-${id}`
      const { webhook, secret } = await createWebhook(client, `https://${HOOKS_HOST}/webhooks/attio/${key}`)
      const kept = { id: webhook.id.webhook_id, secret, createdAt: new Date() }
      system.connections.set(key, { key, workspaceId: id, status: 'active', webhook: kept })
    }
  }
  const done = new Machine('console').run(register)
  await time.run()
  await done
}

/** Counts what answers show. */
function witness(count: (what: string) => void, edits: readonly string[]) {
  const editsAt = new Map<string, number>()
  return (path: string, status: number, age: number): void => {
    if (age > 0) count('read that trails')
    if (status === 429) count('answer 429')
    if (!path.endsWith('/query') && !/\/(notes|tasks)$/.test(path)) return
    const before = editsAt.get(path)
    if (before !== undefined && before !== edits.length) count('list edited between two pages')
    editsAt.set(path, edits.length)
  }
}
