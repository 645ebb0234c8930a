/**
 * Seals secrets for storage: AES-256-GCM with a key id, bound to the place they are stored in (row and field), so that a
 * sealed text copied into another row does not open. New text is sealed with the newest key; old keys still open.
 * Format: `v1.key id.nonce.text.tag`, the parts in base64url.
 */
import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes } from 'node:crypto'

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Keyring {
  /** Id of the key that seals. */
  readonly newest: string
  readonly keys: ReadonlyMap<string, KeyObject>
}

/** Where the sealed text lives: neither part is secret, both are authenticated. */
export interface Place {
  readonly row: string
  readonly field: string
}

/** A sealed text cannot be opened: wrong key, wrong place, or changed. */
export class SealError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SealError'
  }
}

/** @param newest 32 bytes; seals and opens. @param old open only. */
export function keyring(newest: KeyObject, old: readonly KeyObject[] = []): Keyring {
  const all = [newest, ...old]
  return { newest: keyId(newest), keys: new Map(all.map((key) => [keyId(key), key])) }
}

export function seal(ring: Keyring, text: string, place: Place): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, keyOf(ring, ring.newest, place), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bound(place))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return [VERSION, ring.newest, ...parts].join('.')
}

/** @throws SealError when no key of the ring opens it, or it was changed or moved. */
export function unseal(ring: Keyring, sealed: string, place: Place): string {
  const [version, id, ...parts] = sealed.split('.')
  const [nonce, text, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (version !== VERSION || id === undefined || parts.length !== 3 || !nonce || !text || tag?.length !== TAG_BYTES)
    throw new SealError(`The ${place.field} of ${place.row} is not in the sealed form ${VERSION}.`)
  const decipher = createDecipheriv(CIPHER, keyOf(ring, id, place), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(bound(place))
  decipher.setAuthTag(tag)
  try {
    return decipher.update(text, undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw new SealError(`The ${place.field} of ${place.row} was changed or moved: it does not open.`, { cause })
  }
}

/** Was it sealed with another key than the newest? Then it should be sealed again. */
export function isStale(ring: Keyring, sealed: string): boolean {
  return sealed.split('.')[1] !== ring.newest
}

function keyOf(ring: Keyring, id: string, place: Place): KeyObject {
  const key = ring.keys.get(id)
  if (key !== undefined) return key
  throw new SealError(
    `The ${place.field} of ${place.row} was sealed with key ${id}, which is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_OLD.`,
  )
}

/** Tells keys apart without telling anything about them. */
function keyId(key: KeyObject): string {
  return createHash('sha256').update('attio-stream key id').update(key.export()).digest('hex').slice(0, 8)
}

/** Length-prefixed, so that no two places look alike. */
function bound({ row, field }: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, row, field]))
}
