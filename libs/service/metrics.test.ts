import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appRegistry, counter, gauge, histogram, metricsPage } from './metrics.ts'

test('one page shows the metrics of all apps, told apart by the label app', async () => {
  const [one, two] = [appRegistry('one'), appRegistry('two')]
  counter(one, { name: 'read_total', help: 'Read.', labels: ['topic'] }).inc({ topic: 'a' }, 2)
  counter(two, { name: 'read_total', help: 'Read.', labels: ['topic'] }).inc({ topic: 'a' }, 3)
  histogram(two, { name: 'batch_seconds', help: 'Batch.' }).observe(0.004)
  gauge(one, { name: 'lag', help: 'Lag.', collect: (lag) => lag.set(7) })
  const page = await metricsPage([one, two])
  assert.match(page, /read_total\{topic="a",app="one"\} 2/)
  assert.match(page, /read_total\{topic="a",app="two"\} 3/)
  assert.match(page, /batch_seconds_bucket\{le="0\.005",app="two"\} 1/)
  assert.match(page, /lag\{app="one"\} 7/)
  assert.equal(page.match(/# TYPE read_total /g)?.length, 1)
})

test('a gauge whose server does not answer shows what it knew and does not hold up the page', {
  timeout: 10_000,
}, async () => {
  const registry = appRegistry('one')
  let answers = true
  const collect = async (lag: { set(value: number): void }) => {
    if (!answers) await new Promise(() => {})
    lag.set(7)
  }
  gauge(registry, { name: 'lag', help: 'Lag.', collect })
  await metricsPage([registry])
  answers = false
  assert.match(await metricsPage([registry]), /lag\{app="one"\} 7/)
})
