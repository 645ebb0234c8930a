import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, contentHash } from './hash.ts'

test('the hash is SHA-256 of the UTF-8 text, hex', () => {
  assert.equal(contentHash('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.notEqual(contentHash('ä'), contentHash('a'))
})

test('key order does not count, content does', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined }),
    canonicalJson({ b: [1, { c: 'x', d: null }] }),
  )
  assert.equal(canonicalJson({ b: [1, undefined], a: 'ü' }), '{"a":"ü","b":[1,null]}')
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]))
})
