/**
 * `make bench-join`: the join alone, on real Kafka: crm.records and crm.names in, crm.artifacts out, exactly once, by one
 * process of apps/enrich. Load, updates, the rename of a company with 10,000 people, a kill, restarts with and without disk,
 * steady updates.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runOnce, Service } from '@attio-stream/stack/system'
import { kafkaLog, type Output, openCodec, type Publisher, publisher } from '@attio-stream/stream'
import { benchStack } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { Artifacts, outputsOf, publishAll } from './join-load.ts'
import { entity, FULL, type JoinWorld, nameKeyOf, directory as namesOfObjects } from './join-world.ts'
import { milliseconds, seconds, spread } from './percentiles.ts'
import { memoryOf, usageOf, watchMemory } from './usage.ts'

const UPDATES_PER_SECOND = 2_000
const STEADY_SECONDS = 15
/** Rounds of the same before it is measured: a broker and a process that have just started are several times slower than ones at work. */
const WARM_UPS = 2

export async function joinBench(say: (line: string) => void, world: JoinWorld = FULL): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(import.meta.dirname, '../../.data/join-'))
  const stack = await benchStack(folder, say)
  const state = join(folder, 'state')
  const { kafkaBrokers = '', schemaRegistryUrl = '' } = stack.addresses
  const env = {
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    PARTITIONS: '4',
    STATE_DIRECTORY: state,
    LOG_LEVEL: 'info',
  }
  const service = new Service({ name: 'enrich', script: 'apps/enrich/main.ts', env, directory: folder, onLoss: say })
  const log = kafkaLog({ brokers: kafkaBrokers.split(','), clientId: 'bench' })
  let artifacts: Artifacts | undefined
  try {
    await runOnce({ name: 'provision', script: 'apps/provision/main.ts', env })
    const out = publisher(log, await openCodec({ registryUrl: schemaRegistryUrl }))
    const total = world.companies + world.people + world.deals
    say(`publishing ${total} records and their names`)
    await publishAll(out, everything(world))
    artifacts = await Artifacts.follow(log)

    const memory = watchMemory(() => (service.pid === undefined ? [] : [service.pid]))
    const began = performance.now()
    await service.start()
    await artifacts.until(() => artifacts?.keys === total, 'the load')
    const load = performance.now() - began
    say(`loaded after ${seconds(load)}, ${artifacts.messages} artifacts`)

    const early = await updates(out, artifacts, world, 1)
    say(`updates right after the load: p50 ${milliseconds(early.p50)}, p99 ${milliseconds(early.p99)}`)
    const rename = await renameLargest(out, artifacts, world)
    say(`renamed the largest company: ${milliseconds(rename)}`)
    const resident = memory.stop()

    await service.kill()
    const killed = await caughtUp(service, out, artifacts, world, 7)
    say(`killed, caught up after ${seconds(killed)}`)
    await service.stop()
    const withDisk = await caughtUp(service, out, artifacts, world, 8)
    say(`restarted with its disk, caught up after ${seconds(withDisk)}`)
    await service.stop()
    rmSync(state, { recursive: true, force: true })
    const withoutDisk = await caughtUp(service, out, artifacts, world, 9)
    say(`restarted without disk, caught up after ${seconds(withoutDisk)}`)
    const complete = withoutDisk + (await atRest(service))
    say(`and had looked at everything again after ${seconds(complete)}`)

    for (let round = 1; round <= WARM_UPS; round++) await updates(out, artifacts, world, 9 + round)
    const steady = await updates(out, artifacts, world, 10 + WARM_UPS)
    say(`steady updates: p50 ${milliseconds(steady.p50)}, p99 ${milliseconds(steady.p99)}`)
    const rate = total / (load / 1000)
    return [
      {
        what: `load of ${total} records, from process start`,
        measured: `${rate.toFixed(0)}/s`,
        goal: '≥ 8000/s',
        met: rate >= 8000,
      },
      {
        what: `${UPDATES_PER_SECOND} updates/s, the first ${STEADY_SECONDS} s after the load, p50; p99`,
        measured: `${milliseconds(early.p50)}; ${milliseconds(early.p99)}`,
        goal: '',
      },
      {
        what: `${UPDATES_PER_SECOND} updates/s, steady (after ${STEADY_SECONDS * WARM_UPS} s of them), p50`,
        measured: milliseconds(steady.p50),
        goal: '< 60 ms',
        met: steady.p50 < 60,
      },
      {
        what: `${UPDATES_PER_SECOND} updates/s, steady, p99`,
        measured: milliseconds(steady.p99),
        goal: '< 250 ms',
        met: steady.p99 < 250,
      },
      {
        what: 'largest company renamed, last dependent out',
        measured: milliseconds(rename),
        goal: '< 1 s',
        met: rename < 1000,
      },
      { what: 'killed with -9, caught up', measured: seconds(killed), goal: '< 6 s', met: killed < 6000 },
      { what: 'restarted with its disk, caught up', measured: seconds(withDisk), goal: '< 2 s', met: withDisk < 2000 },
      {
        what: 'restarted without disk, caught up',
        measured: seconds(withoutDisk),
        goal: '< 8 s',
        met: withoutDisk < 8000,
      },
      { what: 'and all its tables complete, everything looked at again', measured: seconds(complete), goal: '' },
      {
        what: 'resident at most',
        measured: memoryOf(resident),
        goal: '≤ 700 MiB',
        met: resident.residentBytes <= 700 * 1024 ** 2,
      },
    ]
  } finally {
    await service.stop()
    await artifacts?.stop()
    await log.close()
    await stack.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function* everything(world: JoinWorld): Iterable<Output> {
  for (const name of namesOfObjects())
    yield {
      topic: 'crm.names',
      key: nameKeyOf(name),
      value: name,
      headers: { workspace: name.workspace_id, hash: name.hash },
    }
  const kinds = [
    ['company', world.companies],
    ['person', world.people],
    ['deal', world.deals],
  ] as const
  for (const [kind, count] of kinds)
    for (let index = 0; index < count; index++) yield* outputsOf(entity(kind, index, world), 'both')
}

/** Half of them deals, half people, each another record, sent in small bursts every few milliseconds. */
async function updates(out: Publisher, artifacts: Artifacts, world: JoinWorld, revision: number) {
  artifacts.latencies.length = 0
  const total = UPDATES_PER_SECOND * STEADY_SECONDS
  const began = performance.now()
  let sending: Promise<void>[] = []
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * UPDATES_PER_SECOND))
    const burst: Output[] = []
    for (; sent < due; sent++) {
      const index = sent >> 1
      const one =
        sent % 2 === 0
          ? entity('deal', index % world.deals, world, revision)
          : entity('person', world.atLargest + index, world, revision)
      artifacts.expect(one.record)
      burst.push(...outputsOf(one, 'state'))
    }
    if (burst.length > 0) sending.push(out.publish(burst))
    if (sending.length > 100) {
      await Promise.all(sending)
      sending = []
    }
    await pause(5)
  }
  await Promise.all(sending)
  await artifacts.until(() => artifacts.outstanding === 0, 'the updates')
  return spread(artifacts.latencies)
}

/** ms until the last of its people and deals is out under the new name. */
async function renameLargest(out: Publisher, artifacts: Artifacts, world: JoinWorld): Promise<number> {
  const began = performance.now()
  const company = entity('company', 0, world, 1)
  artifacts.expect(company.record)
  for (let index = 0; index < world.atLargest; index++) artifacts.expect(entity('person', index, world).record)
  for (let index = 0; index < world.deals; index += world.companies)
    artifacts.expect(entity('deal', index, world).record)
  const prepared = performance.now() - began
  await out.publish(outputsOf(company, 'both'))
  await artifacts.until(() => artifacts.outstanding === 0, 'the rename')
  return artifacts.last - began - prepared
}

/** Updates 2,000 deals while it is down; ms from its start until the last of them is out. */
async function caughtUp(
  service: Service,
  out: Publisher,
  artifacts: Artifacts,
  world: JoinWorld,
  revision: number,
): Promise<number> {
  const changed = Array.from({ length: 2_000 }, (_, index) => entity('deal', index, world, revision))
  await publishAll(
    out,
    changed.flatMap((one) => outputsOf(one, 'state')),
  )
  for (const { record } of changed) artifacts.expect(record)
  const began = performance.now()
  await service.start()
  await artifacts.until(() => artifacts.outstanding === 0, 'catching up')
  return artifacts.last - began
}

/** ms until a process does nothing any more. */
async function atRest({ pid }: Service): Promise<number> {
  const pids = pid === undefined ? [] : [pid]
  const began = performance.now()
  let busy = began
  for (let before = usageOf(pids).cpuMs; performance.now() - busy < 2000; ) {
    await pause(250)
    const { cpuMs } = usageOf(pids)
    if (cpuMs - before > 25) busy = performance.now()
    before = cpuMs
  }
  return busy - began
}
