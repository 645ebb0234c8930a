/**
 * Notices again, and deliveries that could not be read. A notice holds ids only: whatever the thing is by now is read back
 * from Attio with a fence of its own, so an old notice can do no harm, in whatever order it comes.
 */
import { envelopeSchema, noticesOf } from '@attio-stream/attio'
import type { Notice } from '@attio-stream/contracts'
import { ATTEMPTS, type Codec, DecodeError, type LetterSource, publisher } from '@attio-stream/stream'
import { type Again, type Redrive, refused, type Tried } from './redrive.ts'

export function noticesAgain({ log, codec }: LetterSource & { readonly codec: Codec }): Redrive {
  const out = publisher(log, codec)
  return {
    async redrive(again): Promise<Tried> {
      const notices = again.letter.topic === null ? deliveredNotices(again) : await storedNotice(again, codec)
      if (typeof notices === 'string') return refused(notices)
      const headers = (workspace: string) => ({ workspace, [ATTEMPTS]: again.headers[ATTEMPTS] ?? '1' })
      await out.publish(
        notices.map((value) => ({
          topic: 'attio.notices',
          key: value.id,
          value,
          headers: headers(value.workspace_id),
        })),
      )
      return { kind: 'redriven' }
    },
    close: async () => {},
  }
}

async function storedNotice({ value }: Again, codec: Codec): Promise<readonly Notice[] | string> {
  if (value === null) return []
  await codec.prepare('attio.notices', [value])
  try {
    return [codec.decode('attio.notices', value)]
  } catch (error) {
    if (error instanceof DecodeError) return `It still cannot be read: ${error.reason}`
    throw error
  }
}

/** As the webhook reads a delivery; its signature was checked when it came. */
function deliveredNotices({ value, letter, headers }: Again): readonly Notice[] | string {
  let json: unknown
  try {
    json = JSON.parse(value?.toString('utf8') ?? '')
  } catch {
    return 'It is not JSON: nothing this code can do will read it.'
  }
  const envelope = envelopeSchema.safeParse(json)
  if (!envelope.success) return 'It still is not of the shape of a delivery.'
  const { events } = envelope.data
  if (events.some(({ id }) => id.workspace_id !== letter.workspace_id))
    return 'It is about another workspace than the one it was delivered for.'
  const delivery = { key: headers['idempotency-key'] ?? null, receivedAt: letter.buried_at }
  const read = events.map((event) => noticesOf(event, delivery).notices)
  if (read.some((notices) => notices === null)) return 'It holds events of a type this code still does not know.'
  return read.flatMap((notices) => notices ?? [])
}
