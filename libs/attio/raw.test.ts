import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rawData } from './raw.ts'

test('the elements of data are cut out exactly, whatever they hold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.jsonValue(),
      fc.constantFrom(undefined, 1, '\t'),
      (data, other, indent) => {
        const text = JSON.stringify({ before: other, data, pagination: { data: other } }, null, indent)
        assert.deepEqual(
          rawData(text)?.map((raw) => JSON.parse(raw)),
          JSON.parse(JSON.stringify(data)),
        )
        for (const raw of rawData(text) ?? []) assert.ok(text.includes(raw))
      },
    ),
  )
})

test('a single data element is itself, digits that a number cannot hold included', () => {
  const element = '{"n":12345678901234567890,"x":1.10,"s":"a\\\\\\"}]"}'
  assert.deepEqual(rawData(` { "data" : ${element} } `), [element])
})

test('of two data keys the last counts, as for JSON.parse', () => {
  assert.deepEqual(rawData('{"data":[1],"d\\u0061ta":[2,3]}'), ['2', '3'])
})

test('an answer without data has none', () => {
  assert.equal(rawData('{"items":[{"data":1}]}'), null)
  assert.equal(rawData('[{"data":1}]'), null)
})
