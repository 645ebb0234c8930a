import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import * as given from './given.ts'
import { compactMetrics } from './metrics.ts'
import { compactStage } from './stage.ts'

test('R14: changes are counted by kind, verdict and source, and no label says what a payload says', async () => {
  const registry = new Registry()
  const stage = drive(compactStage(compactMetrics(registry)))
  stage.send('attio.changes', 'c1', given.company('c1', 100, { mood: [given.value('Secret mood', { mood: 'sunny' })] }))
  stage.send('attio.changes', 'c1', given.company('c1', 50))
  stage.send('attio.changes', 'x1', given.gone('Secret kind', 'x1', 100))
  const page = await registry.metrics()
  assert.match(page, /compact_changes_total\{kind="record",result="applied",source="webhook"\} 1/)
  assert.match(page, /compact_changes_total\{kind="record",result="stale",source="webhook"\} 1/)
  assert.match(page, /compact_changes_total\{kind="unknown",result="rejected",source="webhook"\} 1/)
  assert.match(page, /compact_unknown_attribute_values_total 1/)
  assert.doesNotMatch(page, /Secret|sunny/)
})
