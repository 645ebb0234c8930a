import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign, verifySignature } from './signature.ts'

const secret = 'ab'.repeat(32)
const body = Buffer.from('{"webhook_id":"é"}')
const right = sign(secret, body)

test('the key is the secret as text: a known HMAC', () => {
  // printf '{}' | openssl dgst -sha256 -hmac key
  assert.equal(sign('key', Buffer.from('{}')), 'a777724d943eb48dc69bca8a4a6d57a04db3f9ec7e1de4e581e860265bdf3032')
})
test('either header proves the sender', () => {
  assert.equal(verifySignature(secret, body, [right, null]), true)
  assert.equal(verifySignature(secret, body, [null, right]), true)
  assert.equal(verifySignature(secret, body, ['0'.repeat(64), right]), true)
})
test('a missing, short, changed or foreign signature does not', () => {
  const wrong = right.replace(/^./, (c) => (c === '0' ? '1' : '0'))
  for (const given of [[], [null, null], [''], [right.slice(1)], [wrong], [sign('other', body)], ['é'.repeat(32)]])
    assert.equal(verifySignature(secret, body, given), false)
  assert.equal(verifySignature(secret, Buffer.concat([body, Buffer.from(' ')]), [right]), false)
})
