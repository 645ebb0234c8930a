/**
 * How long after kill -9 the stages are where they would have been: from the start of the process until the last of a
 * hundred edits, made while it was down, is in crm.artifacts. compact, enrich, and both at once; with the disk kept at
 * 10,000 records, with the disk lost at 100,000.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runOnce, Service } from '@attio-stream/stack/system'
import { kafkaLog, openCodec, type Publisher, publisher } from '@attio-stream/stream'
import { until } from '../support/until.ts'
import { benchStack } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { Artifacts, publishAll } from './join-load.ts'
import { directory, nameKeyOf } from './join-world.ts'
import { seconds } from './percentiles.ts'
import { changeOf, keyOf } from './restart-world.ts'
import { usageOf } from './usage.ts'

const KEPT_AT = 10_000
const LOST_AT = 100_000
const EDITS = 100
const STAGES = ['compact', 'enrich'] as const
type StageName = (typeof STAGES)[number]
const TURNS: readonly (readonly StageName[])[] = [['compact'], ['enrich'], STAGES]

export async function restartBench(say: (line: string) => void): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(import.meta.dirname, '../../.data/restart-'))
  const stack = await benchStack(folder, say)
  const { kafkaBrokers = '', schemaRegistryUrl = '' } = stack.addresses
  const env = {
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    PARTITIONS: '4',
    HEALTH_PORT: '0',
    LOG_LEVEL: 'info',
    STATE_DIRECTORY: join(folder, 'state'),
  }
  const services = STAGES.map((name) => stage(name, { env, folder, say }))
  const log = kafkaLog({ brokers: kafkaBrokers.split(','), clientId: 'bench' })
  let artifacts: Artifacts | undefined
  try {
    await runOnce({ name: 'provision', script: 'apps/provision/main.ts', env })
    const out = publisher(log, await openCodec({ registryUrl: schemaRegistryUrl }))
    await publishAll(out, directory().map(nameOutput))
    artifacts = await Artifacts.follow(log)
    for (const service of services) await service.start()
    const rig: Rig = { out, artifacts, services, state: env.STATE_DIRECTORY, say, revision: 0 }
    const figures: Figure[] = []
    await load(rig, 0, KEPT_AT)
    for (const names of TURNS) figures.push(await restart(rig, names, { records: KEPT_AT, lost: false, goalMs: 2_000 }))
    await load(rig, KEPT_AT, LOST_AT)
    for (const names of TURNS) figures.push(await restart(rig, names, { records: LOST_AT, lost: true, goalMs: 10_000 }))
    return figures
  } finally {
    await Promise.all(services.map((service) => service.kill()))
    await artifacts?.stop()
    await log.close()
    await stack.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Rig {
  readonly out: Publisher
  readonly artifacts: Artifacts
  readonly services: readonly Service[]
  readonly state: string
  readonly say: (line: string) => void
  revision: number
}

interface StageOptions {
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  readonly say: (line: string) => void
}

function stage(name: StageName, { env, folder, say }: StageOptions): Service {
  return new Service({ name, script: `apps/${name}/main.ts`, env, directory: folder, onLoss: say })
}

function nameOutput(name: ReturnType<typeof directory>[number]) {
  const headers = { workspace: name.workspace_id, hash: name.hash }
  return { topic: 'crm.names', key: nameKeyOf(name), value: name, headers } as const
}

async function load({ out, artifacts, say }: Rig, from: number, to: number): Promise<void> {
  const began = performance.now()
  await publishAll(out, changes(from, to))
  await artifacts.until(() => artifacts.keys >= to, 'the load')
  say(`${to} records are there, the last ${to - from} after ${seconds(performance.now() - began)}`)
}

function* changes(from: number, to: number) {
  for (let index = from; index < to; index++) yield changeOf(index)
}

async function restart(
  rig: Rig,
  names: readonly StageName[],
  { records, lost, goalMs }: { readonly records: number; readonly lost: boolean; readonly goalMs: number },
): Promise<Figure> {
  const { out, artifacts, services, state, say } = rig
  const some = services.filter(({ name }) => names.some((one) => one === name))
  await Promise.all(services.map(rested))
  await Promise.all(some.map((service) => service.kill()))
  if (lost) for (const name of names) rmSync(join(state, name), { recursive: true })
  rig.revision++
  const edited = Array.from({ length: EDITS }, (_, n) => (n * 97) % records)
  for (const index of edited) artifacts.expect(keyOf(index))
  await out.publish(edited.map((index) => changeOf(index, rig.revision)))
  const began = performance.now()
  await Promise.all(some.map((service) => service.start()))
  await artifacts.until(() => artifacts.outstanding === 0, 'catching up')
  const ms = artifacts.last - began
  const cpu = usageOf(some.flatMap(({ pid }) => pid ?? [])).cpuMs
  const what = `${names.join(' and ')} killed, disk ${lost ? 'lost' : 'kept'}, ${records} records`
  // Other work on the machine makes the time longer, not the processor time.
  const measured = `${seconds(ms)} (processor ${seconds(cpu)})`
  say(`${what}: ${measured}`)
  return { what, measured, goal: `< ${goalMs / 1000} s`, met: ms < goalMs }
}

/** Nothing left to do: what a restart finds is only what was done while it was down. */
async function rested({ name, pid }: Service): Promise<void> {
  const idle = async () => {
    const used = () => usageOf(pid === undefined ? [] : [pid]).cpuMs
    const before = used()
    await pause(1_000)
    if (used() - before > 100) throw new Error('it is at work')
  }
  await until(`${name} being at rest`, idle, { withinMs: 120_000 })
}
