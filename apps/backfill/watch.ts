/**
 * When a workspace is due for a sweep, and why: it is time; Attio says its webhook is not active, or is again; nobody looked for
 * longer than Attio retries; its objects or attributes changed and have stood still since. Deciding is pure; looking costs
 * one read for the webhook and those of the directory.
 */
import { type AttioClient, getWebhook, isAttioError } from '@attio-stream/attio'
import { contentHash } from '@attio-stream/stream'
import { readDirectory } from './directory.ts'

/** Attio docs: webhooks are retried for about three days. */
const RETRIED_FOR = 3 * 24 * 60 * 60 * 1000
const DAY = 24 * 60 * 60 * 1000

/** What Attio says now. */
export interface Sight {
  /** active, degraded, inactive; gone when it was deleted at Attio; none when there is none. */
  readonly webhook: string
  /** Hash over objects, lists and their attributes. */
  readonly schema: string
}
/** What was seen before. Times in ms, our clock. */
export interface Watched extends Sight {
  /** When it was first looked at. */
  readonly since: number
  readonly lookedAt: number
  /** The schema when the last sweep began. */
  readonly sweptSchema: string
  /** Why a sweep is due that could not begin yet. */
  readonly wanted: string | null
}

export interface WishOptions {
  readonly now: number
  /** 0: never only because it is time. */
  readonly everyMs: number
  /** When the last sweep began; null when there was none. */
  readonly lastSweep: number | null
}

/** Why a sweep is due; null when none is. */
export function wish(before: Watched | undefined, sight: Sight, options: WishOptions): string | null {
  const { now, everyMs, lastSweep } = options
  if (before === undefined) return null
  if (before.wanted !== null) return before.wanted
  const trouble = isTrouble(sight.webhook)
  if (before.webhook !== sight.webhook && (trouble || isTrouble(before.webhook)))
    return trouble ? `its webhook is ${sight.webhook}` : `its webhook was ${before.webhook}`
  const silence = now - before.lookedAt
  if (silence > RETRIED_FOR)
    return `nobody looked for ${Math.floor(silence / DAY)} days, longer than Attio sends webhooks again`
  if (sight.schema !== before.sweptSchema && sight.schema === before.schema)
    return 'its objects or attributes have changed'
  const last = Math.max(before.since, lastSweep ?? 0)
  return everyMs > 0 && now - last >= everyMs ? 'it is time' : null
}

const isTrouble = (webhook: string): boolean => webhook !== 'active' && webhook !== 'none'

/** @throws AttioError. */
export async function see(
  client: AttioClient,
  { workspace, webhook }: { readonly workspace: string; readonly webhook: string | null },
  signal: AbortSignal,
): Promise<Sight> {
  const { changes } = await readDirectory(client, { workspace, source: 'sweep' }, signal)
  const schema = changes.flatMap(({ kind, id, payload }) => (kind === 'member' ? [] : [`${id} ${payload}`]))
  return {
    webhook: webhook === null ? 'none' : await statusOf(client, webhook, signal),
    schema: contentHash(schema.sort().join('\n')),
  }
}

async function statusOf(client: AttioClient, webhook: string, signal: AbortSignal): Promise<string> {
  try {
    return (await getWebhook(client, webhook, { signal })).status
  } catch (error) {
    if (!isAttioError(error, 'not-found')) throw error
    return 'gone'
  }
}
