import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { stageMetrics } from './metrics.ts'

test('a stage that stands still shows an open breaker, and is told of once in the log', async () => {
  const registry = new Registry()
  const said: string[] = []
  const halted = (reason: string) => void said.push(reason)
  const told = { trouble: () => {}, restored: () => {}, filled: () => {}, replay: () => {}, halted }
  const hooks = stageMetrics('compact', registry, told)
  hooks.buried?.('attio.changes', 'unreadable')
  assert.match(await registry.metrics(), /dead_letters_total\{stage="compact",fault="unreadable"\} 1/)
  assert.match(await registry.metrics(), /breaker_open 0/)
  hooks.halted?.('Most of it is poison.')
  assert.match(await registry.metrics(), /breaker_open 1/)
  assert.deepEqual(said, ['Most of it is poison.'])
})
