import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTask } from './arguments.ts'

test('records are joined again by enrich, changes folded again by compact', () => {
  const { kind, stage, topic, dryRun } = parseTask(['--from', 'records', '--dry-run'])
  assert.deepEqual({ kind, stage, topic, dryRun }, { kind: 'ask', stage: 'enrich', topic: 'crm.records', dryRun: true })
  assert.deepEqual(parseTask(['--from', 'changes', '--status']).kind, 'status')
  assert.equal(parseTask(['--from', 'changes', '--take-back']).stage, 'compact')
})

test('who says not from where, or artifacts, is told what there is', () => {
  assert.throws(() => parseTask([]), /--from records .* or --from changes/)
  assert.throws(() => parseTask(['--from', 'artifacts']), /make rebuild SINK/)
  assert.throws(() => parseTask(['--from', 'records', '--entries']), /--from changes/)
  assert.throws(() => parseTask(['--from', 'changes', '--status', '--take-back']), /one of them/)
  assert.throws(() => parseTask(['--form', 'changes']), /--form/)
})
