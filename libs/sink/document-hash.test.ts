import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentHash } from './document-hash.ts'
import { givenDocument } from './given.ts'
import { storableJson } from './storable.ts'

const document = givenDocument({ id: 'r1', workspace: 'w1' })

test('the order of keys never counts', () => {
  const turned = Object.fromEntries(Object.entries(document).reverse()) as unknown as typeof document
  assert.equal(documentHash(turned), documentHash(document))
})

test('everything a reader gets counts', () => {
  const changes = [
    { id: 'x' },
    { title: 'x' },
    { text: 'x' },
    { webUrl: 'x' },
    { metadata: { ...document.metadata, custom_flag_x: true } },
    { chunks: [] },
  ]
  const hashes = new Set([document, ...changes.map((change) => ({ ...document, ...change }))].map(documentHash))
  assert.equal(hashes.size, changes.length + 1)
})

test('what stores cannot keep becomes U+FFFD, in names too, and what looks like an escape stays', () => {
  assert.equal(
    storableJson({ 'a\0': ['\ud83d', '\\u0000', '😀'] }),
    JSON.stringify({ 'a\ufffd': ['\ufffd', '\\u0000', '😀'] }),
  )
})
