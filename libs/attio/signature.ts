/**
 * The signature of a webhook delivery: hex HMAC-SHA256 over the raw body, keyed by the secret as text (not hex-decoded).
 * Attio docs: webhooks. There is no timestamp in it, so it proves the sender, not the time.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const SIGNATURE_HEADERS = ['attio-signature', 'x-attio-signature'] as const

export function sign(secret: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** Is one of the signatures (either header, null when absent) right? Compared in constant time. */
export function verifySignature(secret: string, body: Uint8Array, signatures: readonly (string | null)[]): boolean {
  const given = signatures.filter((signature) => signature !== null)
  if (given.length === 0) return false
  const expected = Buffer.from(sign(secret, body), 'latin1')
  let right = false
  for (const signature of given) {
    const bytes = Buffer.from(signature.trim(), 'latin1')
    if (bytes.length === expected.length && timingSafeEqual(bytes, expected)) right = true
  }
  return right
}
