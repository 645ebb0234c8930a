/**
 * Walks one stream: a page is read, published, and only then its cursor kept (R1), while the next page is read already.
 * Rows that cannot be read are buried with their text. What an error means for the run is runs.ts.
 */
import type { AttioClient, Page } from '@attio-stream/attio'
import { deadLetter, type Output, type Publisher } from '@attio-stream/stream'
import type { Brake } from './brake.ts'
import { aboutRows, type Stream, walkOf } from './stream.ts'
import type { RunKind, Walk, Walks } from './walks.ts'

/** Bytes of payload sent to the brokers in one request. */
const REQUEST = 4 * 1024 * 1024

export interface WalkerOptions {
  readonly client: AttioClient
  /** Of the changes. */
  readonly source: RunKind
  readonly publisher: Publisher
  readonly walks: Walks
  readonly brake: Brake
  readonly signal: AbortSignal
  readonly pageSize?: number
  readonly onPage?: (page: { readonly rows: number; readonly rejected: number; readonly score: number | null }) => void
}

/** @throws AttioError, LogUnavailable, or the signal's reason; the walk then goes on from its last kept cursor. */
export async function walkStream(walk: Walk, stream: Stream, options: WalkerOptions): Promise<void> {
  const { client, brake, signal, pageSize } = options
  const paging = { cursor: walk.cursor, signal, ...(pageSize === undefined ? {} : { limit: pageSize }) }
  await brake.free(signal)
  let kept: Promise<void> = Promise.resolve()
  try {
    for await (const page of walkOf(client, stream, paging)) {
      await kept
      kept = keep(page, walk, stream, options)
      // Awaited before the next page is taken; until then a failure must not count as unhandled.
      kept.catch(() => undefined)
      await brake.free(signal)
    }
  } finally {
    await kept
  }
}

async function keep(
  page: Page,
  walk: Walk,
  stream: Stream,
  { client, source, publisher, walks, onPage }: WalkerOptions,
): Promise<void> {
  if (client.clock.isTooOld(page.fence)) throw new PageTooOld()
  const { workspace } = walk
  const headers = { workspace }
  const about = aboutRows(stream)
  const changes = page.rows.map((row): Output => {
    const value = {
      workspace_id: workspace,
      ...about,
      id: row.id,
      fence: page.fence,
      source,
      gone: false,
      payload: row.raw,
    }
    return { topic: 'attio.changes', key: row.id, value, headers }
  })
  const letters = page.rejected.map(
    ({ raw, reason }): Output =>
      deadLetter({
        stage: 'backfill',
        reason,
        fault: 'unreadable',
        workspace,
        buried: { topic: null, partition: null, offset: null, key: null, value: Buffer.from(raw) },
        now: Date.now(),
      }),
  )
  for (const request of requests([...changes, ...letters])) await publisher.publish(request)
  await walks.advance(walk, { cursor: page.cursor, rows: page.rows.length, rejected: page.rejected.length })
  onPage?.({ rows: page.rows.length, rejected: page.rejected.length, score: page.score })
}

/** We were asleep with the page in hand; it is read anew from the last cursor. */
class PageTooOld extends Error {
  constructor() {
    super('The page was read too long ago to be believed.')
    this.name = 'PageTooOld'
  }
}

/** Cuts so that no request to the brokers grows with the size of somebody's notes. */
export function requests(outputs: readonly Output[]): readonly (readonly Output[])[] {
  const cut: Output[][] = []
  let size = 0
  for (const output of outputs) {
    const bytes = output.topic === 'attio.changes' ? (output.value?.payload?.length ?? 0) : 1024
    const last = cut.at(-1)
    if (last === undefined || size + bytes > REQUEST) {
      cut.push([output])
      size = bytes
    } else {
      last.push(output)
      size += bytes
    }
  }
  return cut
}
