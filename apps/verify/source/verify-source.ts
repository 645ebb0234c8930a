/**
 * Compares crm.records and crm.children of one workspace with Attio itself, while everything runs. A difference is believed
 * when Attio says the same in two looks some seconds apart, nothing about the thing is on its way, and the topic still says
 * something else. How Attio is read is everything.ts's and look.ts's; mending is repair-source.ts's.
 */
import { type AttioClient, keptOf, observe } from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import { DEFAULT_RULES } from '@attio-stream/crm'
import { type Codec, contentHash, type Log, sleep } from '@attio-stream/stream'
import { partOf, type Seen, type Sight, seeEverything } from './everything.ts'
import { Known, type KnownThing } from './known.ts'
import { type Look, lookAt, type Suspect } from './look.ts'
import { passed } from './passage.ts'
import { type SourceDifference, type SourceKind, toDifference } from './source-difference.ts'

export interface SourceOptions {
  readonly log: Log
  readonly codec: Codec
  readonly client: AttioClient
  readonly workspace: string
  readonly signal: AbortSignal
  /** Between two looks at a thing, ms: longer than Attio's answers may trail its writes. Default 5 000. */
  readonly settleMs?: number
  /** How long what is on its way about a suspect may take, ms. Default 30 000. */
  readonly waitMs?: number
  /** ATTIO_LATE_READ_MS of compact. */
  readonly lateReadMs?: number
  /** Told now and then how far the walk is. */
  readonly onProgress?: (progress: Progress) => void
  readonly say?: (line: string) => void
  /** Lists walked at the same time. Default 3. */
  readonly atOnce?: number
}

export interface Progress {
  readonly things: number
  /** About how many there are, from what is known; null when nothing is. */
  readonly of: number | null
}

export interface SourceReport {
  readonly workspace: string
  /** Things Attio showed. */
  readonly things: number
  readonly differences: readonly SourceDifference[]
  /** Suspects that kept changing, or about which something was still on its way after the wait. */
  readonly moving: number
  /** Suspects about which Attio says nothing usable, by sentence. */
  readonly unclear: Readonly<Record<string, number>>
  /** Known and alive, in lists that were not walked: nothing is said about them. */
  readonly outOfSight: number
  /** Rows Attio shows that nobody can read; they are dead letters of their own. */
  readonly unreadable: number
  /** Lists that were not walked, a sentence each. */
  readonly skipped: readonly string[]
}

/** Looks at a suspect before it counts as moving. */
const LOOKS = 4
const SETTLE = 5_000
const VISIBLE = 1_000

interface Case {
  readonly suspect: Suspect
  /** What the last look said. null: not met in the walk. */
  readonly hash: string | null
}

/** @throws AttioError when the workspace cannot be read. */
export async function verifySource(options: SourceOptions): Promise<SourceReport> {
  const { signal, settleMs = SETTLE, waitMs = 30_000 } = options
  const known = new Known(options)
  await known.update()
  const walk = await suspectsOf(known, options)
  let { cases } = walk
  const differences: SourceDifference[] = []
  const unclear: Record<string, number> = {}
  let moving: ReadonlySet<string> = new Set()
  for (let look = 0; cases.length > 0 && look < LOOKS; look++) {
    options.say?.(`  ${cases.length} things differ at ${look === 0 ? 'first sight' : 'the last look'}; looking again …`)
    await sleep(settleMs, signal)
    const looks = await lookAt(
      options.client,
      cases.map(({ suspect }) => suspect),
      { signal },
    )
    moving = await passed(
      cases.map(({ suspect }) => suspect.id),
      { ...options, waitMs },
    )
    // Kafka shows what a transaction wrote a moment after the offsets it committed.
    await sleep(Math.min(VISIBLE, settleMs), signal)
    await known.update()
    const again: Case[] = []
    for (const one of cases) {
      const { suspect } = one
      const found = looks.get(suspect.id) ?? { kind: 'unclear', reason: 'Attio did not say.' }
      const verdict = moving.has(suspect.id) ? 'again' : judge(one, found, known.things.get(suspect.id), options)
      if (verdict === 'again') again.push(next(one, found, options))
      else if (typeof verdict === 'object') unclear[verdict.reason] = (unclear[verdict.reason] ?? 0) + 1
      else if (verdict !== 'same') differences.push(toDifference(verdict, suspect, { known, walk, ...options }))
    }
    cases = again
  }
  return { ...walk.report, differences, moving: cases.length, unclear }
}

/** Everything that does not agree at first sight: the topic was read before the walk, so most of it is only late. */
async function suspectsOf(known: Known, options: SourceOptions) {
  const met = new Set<string>()
  const cases: Case[] = []
  let unreadable = 0
  const of = [...known.things.values()].filter(({ deleted }) => !deleted).length
  const seen: Seen = await seeEverything(options.client, {
    ...options,
    onSights: (sights) => {
      for (const sight of sights) {
        met.add(sight.id)
        const hash = hashOf(sight, options.workspace)
        if (hash === null) unreadable++
        else if (!agrees(known.things.get(sight.id), hash))
          cases.push({ suspect: { kind: sight.kind, id: sight.id, home: sight.home }, hash })
      }
      options.onProgress?.({ things: met.size, of: of === 0 ? null : of })
    },
  })
  let outOfSight = 0
  for (const [id, { kind, home, deleted }] of known.things) {
    if (deleted || met.has(id)) continue
    if (seen.walked.has(partOf(kind, home))) cases.push({ suspect: { kind, id, home }, hash: null })
    else if (kind !== 'object' && kind !== 'member') outOfSight++
  }
  const { workspace } = options
  const { skipped, slugs } = seen
  const report = { workspace, things: met.size, outOfSight, unreadable: unreadable + seen.unreadable, skipped }
  return { cases, slugs, report }
}

const agrees = (known: KnownThing | undefined, hash: string): boolean =>
  known !== undefined && !known.deleted && known.hash === hash

type Verdict = SourceKind | 'same' | 'again' | { readonly reason: string }

function judge(
  before: Case,
  look: Look,
  known: KnownThing | undefined,
  { workspace, lateReadMs }: SourceOptions,
): Verdict {
  switch (look.kind) {
    case 'unclear':
      return { reason: look.reason }
    case 'gone':
      if (known === undefined || known.deleted) return 'same'
      // Read by somebody after our look, or present when we looked before: it is being edited now.
      return before.hash === null && known.fence <= look.fence ? 'dead' : 'again'
    case 'present': {
      const hash = hashOf({ ...before.suspect, raw: look.raw, fence: look.fence }, workspace)
      if (hash === null) return { reason: 'What Attio shows cannot be read.' }
      if (agrees(known, hash)) return 'same'
      const late = known?.deleted === true ? (lateReadMs ?? DEFAULT_RULES.lateReadMs) : 0
      if (before.hash !== hash || (known !== undefined && known.fence + late >= look.fence)) return 'again'
      return known === undefined || known.deleted ? 'missing' : 'stale'
    }
  }
}

function next(before: Case, look: Look, { workspace }: SourceOptions): Case {
  if (look.kind === 'unclear') return before
  const hash = look.kind === 'gone' ? null : hashOf({ ...before.suspect, raw: look.raw, fence: look.fence }, workspace)
  return { suspect: before.suspect, hash }
}

/** The hash compact gives what Attio shows; null when it cannot be read. */
export function hashOf(sight: Sight, workspace: string): string | null {
  const seen = observe(changeOf(sight, workspace))
  return seen.kind === 'rejected' ? null : contentHash(keptOf(seen).hashed)
}

/** What was seen, as an observation of ours. */
export function changeOf(
  { kind, id, home, raw, fence }: Omit<Sight, 'raw'> & { readonly raw: string | null },
  workspace: string,
): Change {
  return {
    workspace_id: workspace,
    kind,
    id,
    object_id: kind === 'record' ? home : kind === 'object' ? id : null,
    list_id: kind === 'entry' ? home : kind === 'list' ? id : null,
    fence,
    source: 'sweep',
    gone: raw === null,
    payload: raw,
  }
}
