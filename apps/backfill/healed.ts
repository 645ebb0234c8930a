/**
 * What a sweep healed: states of crm.records and crm.children that changed because of an observation of a sweep (compact says
 * so in a header) and of which no webhook told since the sweep began. That is the measure of what webhooks miss: an edit that
 * the sweep merely saw before its own webhook was answered is not among them.
 */
import type { Codec } from '@attio-stream/stream'
import { readTopic, type SweepLog } from './topics.ts'
import type { Since, Summary } from './walks.ts'

export interface HealedOptions {
  readonly log: SweepLog
  readonly codec: Codec
  readonly workspace: string
  readonly since: Since
  readonly signal: AbortSignal
}

/** The header of a state that a sweep changed: `kind what`. */
const HEALED = 'healed'

export async function healedSince(options: HealedOptions): Promise<Pick<Summary, 'healed' | 'early'>> {
  const { since, codec } = options
  const changed = new Map<string, string>()
  for (const topic of ['crm.records', 'crm.children'] as const)
    await readTopic({
      ...options,
      topic,
      since,
      onMessages: (messages) => {
        for (const { key, headers } of messages) if (headers[HEALED] !== undefined) changed.set(key, headers[HEALED])
      },
    })
  const told = new Set<string>()
  await readTopic({
    ...options,
    topic: 'attio.notices',
    since,
    onMessages: async (messages) => {
      const about = messages.filter(({ key, value }) => value !== null && changed.has(key))
      await codec.prepare(
        'attio.notices',
        about.map(({ value }) => value),
      )
      for (const { key, value } of about)
        if (value !== null && codec.decode('attio.notices', value).source === 'webhook') told.add(key)
    },
  })
  const healed: Record<string, number> = {}
  for (const [key, what] of changed) if (!told.has(key)) healed[what] = (healed[what] ?? 0) + 1
  return { healed, early: told.size }
}
