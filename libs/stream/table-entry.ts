/**
 * An entry of a table as bytes: where it came from, the kept header, the index terms (so that they can be taken back without
 * decoding the value), the value. A forgotten entry (a tombstone remembered by a global table) has no value and no terms.
 */

export interface Entry {
  /** null: only the header is kept, or the key is forgotten. */
  readonly value: Uint8Array | null
  readonly forgotten: boolean
  readonly header: string
  readonly partition: number
  readonly offset: number
  readonly terms: readonly string[]
}
const HAS_VALUE = 1
const FORGOTTEN = 2
const FIXED = 15
const NONE: readonly string[] = []

export function encodeEntry(entry: Entry): Buffer {
  const terms = entry.terms.map((term) => Buffer.from(term))
  const header = Buffer.byteLength(entry.header)
  const termBytes = terms.reduce((sum, term) => sum + 2 + term.length, 0)
  const out = Buffer.allocUnsafe(FIXED + header + termBytes + (entry.value?.length ?? 0))
  out[0] = (entry.value === null ? 0 : HAS_VALUE) | (entry.forgotten ? FORGOTTEN : 0)
  out.writeUInt16BE(entry.partition, 1)
  out.writeDoubleBE(entry.offset, 3)
  out.writeUInt16BE(header, 11)
  out.writeUInt16BE(terms.length, 13)
  let at = FIXED
  at += out.write(entry.header, at)
  for (const term of terms) {
    at = out.writeUInt16BE(term.length, at)
    out.set(term, at)
    at += term.length
  }
  if (entry.value !== null) out.set(entry.value, at)
  return out
}

/** The value is a view of the bytes, whose `length` may be less than what they have room for (lmdb's buffer). */
export function decodeEntry(bytes: Buffer): Entry {
  const flags = bytes[0] as number
  const headerEnd = FIXED + bytes.readUInt16BE(11)
  let at = headerEnd
  let terms = NONE
  const count = bytes.readUInt16BE(13)
  if (count > 0) {
    const read: string[] = []
    for (let i = 0; i < count; i++) {
      const length = bytes.readUInt16BE(at)
      read.push(bytes.toString('utf8', at + 2, at + 2 + length))
      at += 2 + length
    }
    terms = read
  }
  return {
    value: flags & HAS_VALUE ? bytes.subarray(at, bytes.length) : null,
    forgotten: (flags & FORGOTTEN) !== 0,
    header: headerEnd === FIXED ? '' : bytes.toString('utf8', FIXED, headerEnd),
    partition: bytes.readUInt16BE(1),
    offset: bytes.readDoubleBE(3),
    terms,
  }
}
