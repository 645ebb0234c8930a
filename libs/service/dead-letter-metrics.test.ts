import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { deadLetterMetrics } from './dead-letter-metrics.ts'

test('dead letters are counted by stage and class, and a breaker that is open is 1', async () => {
  const registry = new Registry()
  let open = false
  const { buried } = deadLetterMetrics(registry, () => open)
  buried('compact', 'rejected')
  buried('hydrate', 'forbidden', 3)
  const page = await registry.metrics()
  assert.match(page, /dead_letters_total\{stage="compact",fault="rejected"\} 1/)
  assert.match(page, /dead_letters_total\{stage="hydrate",fault="forbidden"\} 3/)
  assert.match(page, /breaker_open 0/)
  open = true
  assert.match(await registry.metrics(), /breaker_open 1/)
})
