import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { isStale, keyring, SealError, seal, unseal } from './seal.ts'

const newKey = () => createSecretKey(randomBytes(32))
const place = { row: 'connection 1', field: 'token' }

test('what was sealed opens again, whatever the text', () => {
  const ring = keyring(newKey())
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => unseal(ring, seal(ring, text, place), place) === text),
  )
})

test('the same text never seals to the same thing twice', () => {
  const ring = keyring(newKey())
  assert.notEqual(seal(ring, 'secret', place), seal(ring, 'secret', place))
})

test('a sealed text does not open in another row or field', () => {
  const ring = keyring(newKey())
  const sealed = seal(ring, 'secret', place)
  assert.throws(() => unseal(ring, sealed, { ...place, row: 'connection 2' }), /changed or moved/)
  assert.throws(() => unseal(ring, sealed, { ...place, field: 'webhook secret' }), /changed or moved/)
  assert.throws(() => unseal(ring, sealed, { row: 'connection 1t', field: 'oken' }), /changed or moved/)
})

test('a change of any character does not open', () => {
  const ring = keyring(newKey())
  const sealed = seal(ring, 'a secret of some length', place)
  for (let index = 0; index < sealed.length; index += 1) {
    const other = sealed[index] === 'A' ? 'Q' : 'A'
    const changed = sealed.slice(0, index) + other + sealed.slice(index + 1)
    // The last character of a base64url part may carry unused bits: then the bytes are the same and it must open.
    const opened = (() => {
      try {
        return unseal(ring, changed, place)
      } catch (error) {
        assert(error instanceof SealError)
        return undefined
      }
    })()
    const bytes = (text: string) =>
      text.split('.').map((part, at) => (at < 2 ? part : Buffer.from(part, 'base64url').toString('hex')))
    if (opened !== undefined)
      assert.deepEqual(bytes(changed), bytes(sealed), `position ${index} opened although changed`)
  }
})

test('a shortened authentication tag does not open', () => {
  const ring = keyring(newKey())
  const parts = seal(ring, 'secret', place).split('.')
  const short = [
    ...parts.slice(0, 4),
    Buffer.from(parts[4] ?? '', 'base64url')
      .subarray(0, 4)
      .toString('base64url'),
  ].join('.')
  assert.throws(() => unseal(ring, short, place), SealError)
})

test('after a rotation old text still opens, is known as stale, and new text needs the new key', () => {
  const [older, newer] = [newKey(), newKey()]
  const before = keyring(older)
  const after = keyring(newer, [older])
  const sealed = seal(before, 'secret', place)
  assert.equal(unseal(after, sealed, place), 'secret')
  assert.deepEqual([isStale(before, sealed), isStale(after, sealed)], [false, true])
  assert.throws(
    () => unseal(before, seal(after, 'secret', place), place),
    /neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_OLD/,
  )
  assert.equal(isStale(after, seal(after, 'secret', place)), false)
})

test('errors name the place and never the text', () => {
  const ring = keyring(newKey())
  const sealed = seal(keyring(newKey()), 'swordfish', place)
  assert.throws(
    () => unseal(ring, sealed, place),
    (error: Error) => error.message.includes('token of connection 1') && !error.message.includes('swordfish'),
  )
  assert.throws(() => unseal(ring, 'plain text', place), /not in the sealed form/)
})
