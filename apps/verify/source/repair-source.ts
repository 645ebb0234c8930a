/**
 * Mends what crm.* says of things that differ from Attio: each is read once more, at the pace of a sweep, and what was seen is
 * published as an observation like any other. compact decides by fences, so a repair never undoes a newer read, and doing it
 * twice changes nothing (R2). A thing is published as gone only by the rules of look.ts (R4).
 */
import { type Output, type Publisher, sleep } from '@attio-stream/stream'
import { Known } from './known.ts'
import { lookAt } from './look.ts'
import { passed } from './passage.ts'
import type { SourceDifference } from './source-difference.ts'
import { changeOf, hashOf, type SourceOptions, type SourceReport, verifySource } from './verify-source.ts'

export interface SourceRepair {
  /** Observations published. */
  readonly published: number
  /** Things of which Attio says nothing usable now, a sentence each. */
  readonly unclear: readonly { readonly id: string; readonly reason: string }[]
  /** Differences that are mended: crm.* says what was published, or something newer. */
  readonly mended: number
}
export interface SourceRepairReport {
  readonly before: SourceReport
  readonly repair: SourceRepair
  /** What still differs. */
  readonly left: readonly SourceDifference[]
}

/** Things looked at and published together. */
const TOGETHER = 200

export async function repairSource(
  options: SourceOptions & { readonly publisher: Publisher },
): Promise<SourceRepairReport> {
  const { workspace, waitMs = 30_000, publisher, client, signal } = options
  const before = await verifySource(options)
  const known = new Known(options)
  const unclear: { readonly id: string; readonly reason: string }[] = []
  const left: SourceDifference[] = []
  let published = 0
  for (let at = 0; at < before.differences.length; at += TOGETHER) {
    const some = before.differences.slice(at, at + TOGETHER)
    options.say?.(`  Mending ${at + some.length} of ${before.differences.length} …`)
    const looks = await lookAt(client, some, { signal })
    const should = new Map<string, Said>()
    const outputs: Output[] = []
    for (const one of some) {
      const look = looks.get(one.id) ?? { kind: 'unclear' as const, reason: 'Attio did not say.' }
      if (look.kind === 'unclear') {
        unclear.push({ id: one.id, reason: look.reason })
        continue
      }
      const raw = look.kind === 'present' ? look.raw : null
      const value = changeOf({ ...one, raw, fence: look.fence }, workspace)
      outputs.push({ topic: 'attio.changes', key: one.id, value, headers: { workspace } })
      const hash = raw === null ? null : hashOf({ ...one, raw, fence: look.fence }, workspace)
      should.set(one.id, { hash, fence: look.fence })
    }
    await publisher.publish(outputs)
    published += outputs.length
    await passed(should.keys(), { ...options, waitMs })
    const still = await notSaid(should, known, { waitMs, signal })
    left.push(...some.filter(({ id }) => !should.has(id) || still.has(id)))
  }
  return { before, left, repair: { published, unclear, mended: before.differences.length - left.length } }
}

/** What crm.* should say: a hash, or null for dead. */
interface Said {
  readonly hash: string | null
  readonly fence: number
}
const POLL = 200

/** Ids of which crm.* says neither this nor something newer, after it had time to: what was committed shows a moment later. */
async function notSaid(
  should: ReadonlyMap<string, Said>,
  known: Known,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  const deadline = Date.now() + waitMs
  for (;;) {
    await known.update()
    const left = [...should].filter(([id, { hash, fence }]) => {
      const now = known.things.get(id)
      const says = now === undefined || now.deleted ? null : now.hash
      return says !== hash && (now?.fence ?? 0) <= fence
    })
    if (left.length === 0 || Date.now() >= deadline) return new Set(left.map(([id]) => id))
    await sleep(POLL, signal)
  }
}
