/**
 * Runs one schedule from an empty system to rest, and says what it found: every document in every store against the oracle,
 * what stores and readers must never see, and acknowledged webhooks that were lost. The same schedule is the same run.
 */
import { AttioClient, createWebhook } from '@attio-stream/attio'
import { ATTIO_LIMITS, NO_LIMITS } from '../emulators/attio/http/limits.ts'
import { type AttioApp, attioApp } from '../emulators/attio/index.ts'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { Desk } from '../oracle/random-edits.ts'
import { ATTIO_HOST, attioServer } from './attio-server.ts'
import { check } from './check.ts'
import { live } from './globals.ts'
import { HOOKS_HOST, hooksServer } from './hooks-server.ts'
import { Machine } from './machine.ts'
import { disks } from './memory-lmdb.ts'
import { networkOf, type Server } from './network.ts'
import type { Command, Schedule, Weather } from './schedule.ts'
import { STAGES, System } from './system.ts'
import { VirtualTime } from './virtual-time.ts'

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
  readonly root: string
  readonly onEvent?: (at: number, label: string) => void
}

const BEGIN = Date.UTC(2026, 0, 5, 9)

export async function simulate({ weather, commands }: Schedule, options: SimulateOptions): Promise<Outcome> {
  const counts: Record<string, number> = {}
  const count = (what: string, by = 1): void => {
    counts[what] = (counts[what] ?? 0) + by
  }
  const time = new VirtualTime(BEGIN, randomFrom(weather.seed))
  time.onEvent = options.onEvent
  const servers = new Map<string, Server>()
  live(time, networkOf({ time, servers, slowest: 120 }))
  disks.clear()

  const attioMachine = new Machine('attio')
  const attio = attioMachine.run(() =>
    attioApp({
      seed: weather.seed,
      records: weather.records,
      workspaces: weather.workspaces,
      limits: weather.limits ? ATTIO_LIMITS : NO_LIMITS,
      clock: () => Math.floor(time.now),
      faults: {
        queryLagMs: weather.lateMs,
        getLagMs: weather.lateMs,
        clockSkewMs: weather.attioSkewMs,
        world: {
          mergeSemantics: weather.merges,
          mergeWindowMs: weather.mergeWindowMs,
          mergeFiresPlainEvents: weather.extraEvents,
          cascadeEvents: weather.extraEvents,
          referenceEvents: weather.extraEvents,
        },
      },
      say: (line) => {
        if (line.includes('itself failed')) time.failure ??= new Error(line)
      },
    }),
  )
  const { workspaces } = attio
  const { skewMs, pageSize } = weather
  const system = new System({ time, workspaces, root: options.root, skewMs, pageSize, count })
  for (const store of system.stores) Object.assign(store.faults, weather.stores)
  servers.set(
    ATTIO_HOST,
    attioServer({
      attio,
      machine: attioMachine,
      onAnswer: (_path, status, age) => {
        if (age > 0) count('read that trails')
        if (status === 429) count('429')
      },
    }),
  )
  servers.set(HOOKS_HOST, hooksServer(system))

  const console_ = new Machine('console')
  const connect = async (): Promise<void> => {
    for (const { id, token } of workspaces) {
      const client = new AttioClient({ token, baseUrl: `https://${ATTIO_HOST}` })
      const key = `key-of-${id}`
      const { webhook, secret } = await createWebhook(client, `https://${HOOKS_HOST}/webhooks/attio/${key}`)
      const kept = { id: webhook.id.webhook_id, secret, createdAt: new Date() }
      system.connections.set(key, { key, workspaceId: id, status: 'active', webhook: kept })
    }
  }
  const connected = console_.run(connect)
  connected.catch((error) => {
    time.failure ??= error
  })
  const edits: string[] = []
  const desks = workspaces.map(({ id }) => new Desk(attio.world, attio.edit, time.random, id))
  try {
    await time.run()
    await connected
    setFaults(attio.faults, weather)
    for (const { id } of workspaces) system.walk(id)
    for (const stage of STAGES)
      for (let n = 0; n < weather.members; n++) if (n === 0 || stage !== 'backfill') system.start(stage)
    for (const command of commands) {
      if (command.kind === 'wait') {
        await time.run(time.now + command.ms)
        continue
      }
      time.note(command.kind)
      obey(command, {
        system,
        time,
        count,
        edit: (workspace, seed) => {
          const desk = desks[workspace % desks.length] as Desk
          desk.random = randomFrom(seed)
          const done = attioMachine.run(() => desk.act())
          edits.push(`${new Date(time.now).toISOString()} ${done}`)
          if (!done.endsWith('not possible')) count(`edit: ${done.replace(/ ([{"].*|null)$/, '')}`)
        },
        workspaces,
      })
    }
    calm(attio.faults, system)
    await time.run()
    const faults = await check({ attio, system, time })
    return { faults, hash: time.hash, events: time.events, counts: { ...counts, ...faultsOf(attio) }, edits }
  } catch (error) {
    const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { faults: [sentence], hash: time.hash, events: time.events, counts, edits }
  } finally {
    system.end()
    attio.stop()
    attioMachine.kill()
  }
}

function setFaults({ deliveries, requests }: AttioApp['faults'], weather: Weather): void {
  const { failing, limited } = weather.requests
  deliveries.duplicateRate = weather.deliveries.twice
  deliveries.reorderMs = weather.deliveries.reorderMs
  if (limited > 0) requests.push({ kind: 'rate429', rate: limited })
  if (failing > 0)
    requests.push(
      { kind: 'truncate', rate: failing / 3 },
      { kind: 'drop', rate: failing / 3 },
      { kind: 'html', rate: failing / 3 },
      { kind: 'hang', rate: failing / 6, ms: 60_000 },
      { kind: 'latency', rate: failing, ms: 5_000 },
    )
}

/** From now on nothing new goes wrong; what is out of order mends by itself. */
function calm(faults: AttioApp['faults'], { stores }: System): void {
  faults.requests.length = 0
  Object.assign(faults.deliveries, { duplicateRate: 0, reorderMs: 0 })
  for (const store of stores) Object.assign(store.faults, { failing: 0 })
}

function faultsOf({ counters }: AttioApp): Readonly<Record<string, number>> {
  const { faults, deliveries } = counters.values
  return {
    ...Object.fromEntries(Object.entries(faults).map(([kind, count]) => [`request: ${kind}`, count])),
    'webhook delivered': deliveries.acked,
    'webhook refused and sent again': deliveries.refused,
  }
}

interface Hands {
  readonly system: System
  readonly time: VirtualTime
  readonly count: (what: string) => void
  readonly edit: (workspace: number, seed: number) => void
  readonly workspaces: readonly { readonly id: string }[]
}

function obey(command: Exclude<Command, { kind: 'wait' }>, { system, time, count, edit, workspaces }: Hands): void {
  switch (command.kind) {
    case 'edit':
      for (let n = 0; n < command.times; n++) edit(command.workspace, command.seed + n)
      return
    case 'crash': {
      const process = pickOf(system.of(command.stage), command.which)
      if (process === undefined) return
      count(`crash ${command.stage}, disk ${command.disk}`)
      return system.crash(process, command)
    }
    case 'freeze': {
      const process = pickOf(system.of(command.stage), command.which)
      if (process !== undefined) system.freeze(process, command.ms)
      return
    }
    case 'join':
      if (system.of(command.stage).length > 2 || command.stage === 'backfill') return
      count('a member joins')
      return system.start(command.stage)
    case 'leave': {
      const process = pickOf(system.of(command.stage), command.which)
      if (process === undefined || system.of(command.stage).length < 2 || process.machine.frozen) return
      count('a member leaves')
      return system.leave(process)
    }
    case 'brokers away':
      count('brokers away')
      system.log.setAway(true)
      time.after(command.ms, 'brokers back', () => system.log.setAway(false))
      return
    case 'store down': {
      const store = system.stores[command.store as 0 | 1]
      store.faults.down = true
      time.after(command.ms, 'store back', () => {
        store.faults.down = false
      })
      return
    }
    case 'walk': {
      const { id } = workspaces[command.workspace % workspaces.length] as { readonly id: string }
      return system.walk(id)
    }
    case 'log cleaned':
      for (const topic of [
        'attio.changes',
        'crm.records',
        'crm.children',
        'crm.attachments',
        'crm.names',
        'crm.artifacts',
      ])
        system.log.compact(topic)
  }
}

function pickOf<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)]
}
