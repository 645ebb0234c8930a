/** A delivery without events to our own webhook, signed as Attio signs: shows that URL, key and secret belong together. */
import { randomUUID } from 'node:crypto'
import { SIGNATURE_HEADERS, sign } from '@attio-stream/attio'
import type { Webhook } from '@attio-stream/service'

const TIMEOUT = 5000

/** @returns a sentence when it was not accepted. */
export async function probe(
  target: string,
  webhook: Pick<Webhook, 'id' | 'secret'>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const body = JSON.stringify({ webhook_id: webhook.id, events: [] })
  const signature = sign(webhook.secret, Buffer.from(body))
  const deadline = AbortSignal.timeout(TIMEOUT)
  const { origin } = new URL(target)
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `probe-${randomUUID()}`,
        ...Object.fromEntries(SIGNATURE_HEADERS.map((header) => [header, signature])),
      },
      body,
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    })
    await response.body?.cancel()
    return response.ok
      ? undefined
      : `${origin} answers ${response.status} to a signed delivery: ${meaning(response.status)}.`
  } catch {
    signal?.throwIfAborted()
    return `${origin} does not answer a delivery from here: look at PUBLIC_WEBHOOK_URL and whether apps/webhook runs.`
  }
}

function meaning(status: number): string {
  if (status === 401) return 'it has another secret; connect the workspace again'
  if (status === 404) return 'it does not know the connection, or something else listens there'
  if (status === 503) return 'the brokers are away'
  return 'look at its log'
}
