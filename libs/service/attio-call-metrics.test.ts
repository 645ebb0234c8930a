import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { attioCallMetrics } from './attio-call-metrics.ts'

test('requests to Attio are counted by route and answer, with their time and the score of queries', async () => {
  const registry = new Registry()
  const observe = attioCallMetrics(registry)
  observe({ route: '/v2/notes', status: 200, ms: 500, score: null })
  observe({ route: '/v2/notes', status: 0, ms: 1_500, score: null })
  observe({ route: '/v2/lists/{list}/entries/query', status: 200, ms: 10, score: 7 })
  const page = await registry.metrics()
  assert.match(page, /attio_calls_total\{route="\/v2\/notes",status="200"\} 1/)
  assert.match(page, /attio_calls_total\{route="\/v2\/notes",status="0"\} 1/)
  assert.match(page, /attio_call_seconds_sum\{route="\/v2\/notes"\} 2\n/)
  assert.match(page, /attio_query_score_total 7/)
})
