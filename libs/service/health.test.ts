import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Health } from './app.ts'
import { healthRoutes, serveHealth } from './health.ts'

function pageWith(...states: Health['state'][]) {
  const apps = Object.fromEntries(states.map((state, index) => [`app${index}`, { state, reason: 'because' }]))
  return healthRoutes({ states: () => apps, metrics: async () => 'up 1\n' })
}

const status = async (path: string, ...states: Health['state'][]) => (await pageWith(...states).request(path)).status

test('/healthz is 503 only when an app is red; /readyz also while one is starting; amber is fine', async () => {
  assert.deepEqual(
    await Promise.all([status('/healthz', 'green', 'amber'), status('/readyz', 'green', 'amber')]),
    [200, 200],
  )
  assert.deepEqual(
    await Promise.all([status('/healthz', 'starting'), status('/readyz', 'green', 'starting')]),
    [200, 503],
  )
  assert.deepEqual(
    await Promise.all([status('/healthz', 'green', 'red'), status('/readyz', 'green', 'red')]),
    [503, 503],
  )
})

test('the page names every app with its state and reason', async () => {
  const answer = await pageWith('green', 'amber').request('/healthz')
  assert.deepEqual(await answer.json(), {
    apps: { app0: { state: 'green', reason: 'because' }, app1: { state: 'amber', reason: 'because' } },
  })
})

test('the port is served until closed; a taken port is a sentence that names the setting', async () => {
  const source = { states: () => ({}), metrics: async () => 'up 1\n' }
  const server = await serveHealth(source, { port: 0, host: '127.0.0.1' })
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`)
    assert.equal(await answer.text(), 'up 1\n')
    await assert.rejects(
      serveHealth(source, { port: server.port, host: '127.0.0.1' }),
      /Port \d+ is taken.*HEALTH_PORT/,
    )
  } finally {
    await server.close()
  }
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/metrics`))
})
