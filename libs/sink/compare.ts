/** One store against what it should hold. Pure; where the two come from is expected.ts's and the sinks'. */
import type { Expectation } from './expected.ts'
import type { Holding } from './sink.ts'

/**
 * missing: alive in crm.artifacts, not in the store. dead: deleted, still there. extra: in the store, unknown to
 * crm.artifacts. stale: an older version. ahead: a version crm.artifacts does not have. changed: the right version with
 * another content. misplaced: under another workspace. unmarked: deleted, and nothing keeps older puts out (R9).
 */
export const KINDS = ['missing', 'dead', 'extra', 'stale', 'ahead', 'changed', 'misplaced', 'unmarked'] as const
export type Kind = (typeof KINDS)[number]

export interface Difference {
  readonly kind: Kind
  /** The store's key, the record id. */
  readonly id: string
  readonly workspace: string
  /** The document's id where it is known, else null. */
  readonly document: string | null
  /** The sink buried the artifact the store should hold: see crm.dead-letters. */
  readonly buried: boolean
  /** The newest message of its key in crm.artifacts; null when there is none. */
  readonly should: { readonly partition: number; readonly version: number } | null
  /** What the store has; null for nothing. */
  readonly held: { readonly workspace: string; readonly version: number } | null
}

/** What should be there, by id; told of every id that is. In memory, or on disk (expectation-table.ts). */
export interface Expectations {
  get(id: string): Expectation | undefined
  see(id: string): void
  /** Those never seen. */
  unseen(): Iterable<readonly [id: string, should: Expectation]>
}

export function expectationsIn(byId: ReadonlyMap<string, Expectation>): Expectations {
  const seen = new Set<string>()
  return {
    get: (id) => byId.get(id),
    see: (id) => void seen.add(id),
    unseen: () => byId.entries().filter(([id]) => !seen.has(id)),
  }
}

export interface Judging {
  readonly expected: Expectations
  /** Per partition: what the sink has committed. Newer artifacts are not judged. */
  readonly committed: readonly number[]
  /** `partition/offset` of buried artifacts. */
  readonly buried: ReadonlySet<string>
  readonly workspace?: string
  /** Per partition: where reading ended. What the store has of later artifacts is not judged, only counted. Default: it is. */
  readonly read?: readonly number[]
  /** False: what the documents say is not judged, for another formatter wrote them. Default: it is. */
  readonly contents?: boolean
  /** Differences kept; more are only counted. Default: all. */
  readonly most?: number
}

export interface Comparison {
  readonly documents: number
  readonly marks: number
  /** Marks of keys that crm.artifacts has forgotten; harmless. */
  readonly leftOver: number
  /** Artifacts the sink has not come to yet. */
  readonly pending: number
  /** Documents that are newer than what was read. */
  readonly newer: number
  readonly differences: readonly Difference[]
  /** How many more there are. */
  readonly more: number
}

export async function compare(holdings: AsyncIterable<Holding>, judging: Judging): Promise<Comparison> {
  const { expected, committed, buried, workspace, read, contents = true, most = Number.POSITIVE_INFINITY } = judging
  const differences: Difference[] = []
  let documents = 0
  let marks = 0
  let leftOver = 0
  let pending = 0
  let newer = 0
  let more = 0
  const isPending = ({ partition, version }: Expectation) => version >= (committed[partition] ?? -1)
  const isNewer = ({ version }: Holding, { partition }: Expectation) =>
    read !== undefined && version >= (read[partition] ?? Number.POSITIVE_INFINITY)
  const add = (kind: Kind, id: string, found: Holding | undefined, should: Expectation | undefined) => {
    if (differences.length >= most) {
      more++
      return
    }
    differences.push({
      kind,
      id,
      workspace: (found ?? should)?.workspace ?? '',
      document: should === undefined || should.prefix === '' ? null : `${should.prefix}${id}`,
      buried: should !== undefined && buried.has(`${should.partition}/${should.version}`),
      should: should === undefined ? null : { partition: should.partition, version: should.version },
      held: found === undefined ? null : { workspace: found.workspace, version: found.version },
    })
  }

  for await (const holding of holdings) {
    const { id } = holding
    const should = expected.get(id)
    // A document of the workspace that lies in another one is its business too.
    if (workspace !== undefined && holding.workspace !== workspace && should === undefined) continue
    if (holding.deleted) marks++
    else documents++
    if (should === undefined) {
      if (holding.deleted) leftOver++
      else add('extra', id, holding, undefined)
      continue
    }
    expected.see(id)
    const kind = kindOf(holding, should)
    if (kind === undefined || (kind === 'changed' && !contents)) continue
    if (isNewer(holding, should)) newer++
    else if (isPending(should)) pending++
    else add(kind, id, holding, should)
  }
  for (const [id, should] of expected.unseen()) {
    if (isPending(should)) pending++
    else add(should.hash === '' ? 'unmarked' : 'missing', id, undefined, should)
  }
  return { documents, marks, leftOver, pending, newer, differences, more }
}

function kindOf(found: Holding, should: Expectation): Kind | undefined {
  const dead = should.hash === ''
  if (!found.deleted && found.workspace !== should.workspace) return 'misplaced'
  if (dead && !found.deleted) return 'dead'
  if (!dead && found.deleted) return found.version > should.version ? 'ahead' : 'missing'
  if (found.version < should.version) return 'stale'
  if (found.version > should.version) return 'ahead'
  if (found.workspace !== should.workspace) return 'misplaced'
  return found.hash === should.hash ? undefined : 'changed'
}
