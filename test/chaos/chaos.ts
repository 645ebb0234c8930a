/**
 * One run: a workspace is walked and edited while a monkey breaks one thing after the other; then the faults end, everything
 * comes to rest, and what must be so is looked at. The seed decides edits, faults, the order and the details of the acts;
 * when exactly a blow falls is the machine's.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Random, randomFrom } from '../emulators/attio/world/random.ts'
import { Acknowledged } from './acknowledged.ts'
import { type Act, actsOn } from './acts.ts'
import { findings } from './checks.ts'
import { calm, unleash } from './faults.ts'
import { type Ground, prepareGround } from './ground.ts'
import { laggards } from './lag.ts'
import { Lookout } from './lookout.ts'
import { startPeople } from './people.ts'
import type { Report } from './report.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly records?: number
  readonly editsPerSecond?: number
  /** What is done, side by side within a turn. Default: everything that can be done, in turn, for so many minutes. */
  readonly turns: ((ground: Ground, random: Random) => readonly (readonly Act[])[]) | { readonly minutes: number }
  /** A line as it happens. */
  readonly say: (line: string) => void
  readonly signal?: AbortSignal
}

export async function chaos(options: ChaosOptions): Promise<Report> {
  const { seed, records = 300, editsPerSecond = 5, turns, say, signal } = options
  const ground = await prepareGround({ seed, records, say, signal })
  let keep = true
  const walks = new AbortController()
  const lookout = new Lookout(ground.stores)
  const acknowledged = new Acknowledged(ground.attio.deliveries.log)
  const people = startPeople(ground.attio, { seed, perSecond: editsPerSecond })
  const walking = walkAgainAndAgain(ground, walks.signal)
  try {
    const began = performance.now()
    const done: Act[] = []
    unleash(ground.attio.faults)
    const progress = async () => {
      const { pending } = ground.attio.deliveries
      const counts = `${people.edits()} edits, ${acknowledged.count} deliveries acknowledged, ${pending} under way`
      return `${counts}; ${await laggards(ground.topics.log)}`
    }
    const perform = async (act: Act) => {
      const since = performance.now()
      await act.perform().catch((cause: unknown) => {
        throw new Error(`${act.what} ${act.kind}: it did not come back`, { cause })
      })
      done.push(act)
      say(`${act.what} ${act.kind}, back after ${seconds(since)}; ${await progress()}`)
    }
    const act = async () => {
      for (const turn of turnsOf(turns, ground, randomFrom(seed + 1))) {
        signal?.throwIfAborted()
        await Promise.all(turn.map(perform))
      }
    }
    await Promise.race([act(), people.failed, abortOf(signal)])
    const minutes = (performance.now() - began) / 60_000
    await people.stop()
    calm(ground.attio.faults)
    walks.abort()
    await walking
    say(`the monkey rests; ${await progress()}`)
    const found = await findings(ground, acknowledged)
    await lookout.stop()
    const report: Report = {
      seed,
      minutes,
      acts: done.map(({ kind }) => kind),
      edits: people.edits(),
      deliveries: acknowledged.count,
      samples: lookout.samples,
      resurrected: lookout.resurrected,
      backwards: lookout.backwards,
      ended: ground.losses,
      ...found,
    }
    keep = Object.values(report).some((value) => Array.isArray(value) && value !== report.acts && value.length > 0)
    return keep ? { ...report, logs: ground.directory } : report
  } finally {
    walks.abort()
    acknowledged.stop()
    await people.stop()
    await lookout.stop()
    await ground.stop({ keep })
    await walking
    if (keep) say(`The logs are in ${ground.directory}/logs; the same again: SEED=${seed}`)
  }
}

/** Every act once in an order of chance, then again in another, until the time is over. */
function* turnsOf(turns: ChaosOptions['turns'], ground: Ground, random: Random): Iterable<readonly Act[]> {
  if (typeof turns === 'function') {
    yield* turns(ground, random)
    return
  }
  const end = performance.now() + turns.minutes * 60_000
  for (;;)
    for (const act of shuffled(actsOn(ground, random), random)) {
      if (performance.now() >= end) return
      yield [act]
    }
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

const BETWEEN_WALKS_MS = 5_000

/** A backfill is under way nearly all the time; one that the chaos breaks off is asked for again. */
async function walkAgainAndAgain({ system, workspace }: Ground, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await system.command('apps/backfill/main.ts', ['--workspace', workspace.id, '--wait']).catch(() => {})
    await pause(BETWEEN_WALKS_MS, undefined, { signal }).catch(() => {})
  }
}

/** Rejects when the signal is aborted. */
function abortOf(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
