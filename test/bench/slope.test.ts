import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slopeOf } from './slope.ts'

const MINUTE = 60_000

test('memory that grows by a byte a minute grows by sixty an hour, whatever breathes around the line', () => {
  const samples = Array.from({ length: 100 }, (_, n) => ({ at: n * MINUTE, bytes: 1_000 + n + (n % 2) * 10 }))
  assert.ok(Math.abs(slopeOf(samples) - 60) < 1)
})

test('memory that only breathes does not grow', () => {
  const samples = Array.from({ length: 101 }, (_, n) => ({ at: n * MINUTE, bytes: 1_000 + Math.abs(50 - n) }))
  assert.ok(Math.abs(slopeOf(samples)) < 0.001)
})

test('one measurement has no slope', () => {
  assert.equal(slopeOf([{ at: 1, bytes: 5 }]), 0)
})
