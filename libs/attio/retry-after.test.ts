import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from './retry-after.ts'

const DATE = 'Tue, 23 May 2023 14:42:01 GMT'
const now = Date.parse(DATE) + 700
const of = (header: string | null, date: string | null = DATE): number => parseRetryAfter({ header, date, now })

test('an HTTP-date is compared with the Date of the same answer', () => {
  assert.equal(of('Tue, 23 May 2023 14:42:04 GMT'), 3000)
  assert.equal(of('Tue, 23 May 2023 14:42:04 GMT', null), 2300)
})
test('seconds and ISO 8601 are read too', () => {
  assert.equal(of('7'), 7000)
  assert.equal(of('2023-05-23T14:42:03.000Z'), 2000)
})
test('the wait is never under half a second nor over a minute', () => {
  assert.equal(of('Tue, 23 May 2023 14:41:00 GMT'), 500)
  assert.equal(of('86400'), 60_000)
})
test('a missing or unreadable header means a second', () => {
  assert.equal(of(null), 1000)
  assert.equal(of('soon'), 1000)
})
