import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { AppContext, AppDefinition, RunningApp } from './app.ts'
import { createLogger } from './logger.ts'
import { startApps } from './run.ts'

const quiet = createLogger({ level: 'silent' })
const empty = z.object({})

interface Given {
  readonly start?: (context: AppContext) => Promise<void>
  readonly stop?: () => Promise<void>
  readonly failed?: Promise<never>
}

function app(name: string, { start, stop, failed }: Given = {}): AppDefinition {
  return {
    name,
    settings: empty,
    async start(_settings, context): Promise<RunningApp> {
      await start?.(context)
      return {
        health: () => ({ state: 'green', reason: 'works' }),
        stop: async () => stop?.(),
        failed: failed ?? new Promise<never>(() => undefined),
      }
    },
  }
}

const run = (apps: readonly AppDefinition[], environment = {}, signal?: AbortSignal) =>
  startApps(apps, { environment, logger: quiet, ...(signal === undefined ? {} : { signal }) })

test('apps stop in the order given, each told by its signal, once', async () => {
  const stopped: string[] = []
  const signals: AbortSignal[] = []
  const noting = (name: string) =>
    app(name, {
      start: async ({ signal }) => void signals.push(signal),
      stop: async () => void stopped.push(name),
    })
  const running = await run([noting('webhook'), noting('hydrate'), noting('compact')])
  assert.deepEqual(Object.keys(running.health()), ['webhook', 'hydrate', 'compact'])
  await Promise.all([running.stop(), running.stop()])
  assert.deepEqual(stopped, ['webhook', 'hydrate', 'compact'])
  assert.equal(
    signals.every((signal) => signal.aborted),
    true,
  )
})

test('wrong settings are reported before any app has started', async () => {
  let started = false
  const needy: AppDefinition = { ...app('needy'), settings: z.object({ X: z.string() }) }
  const other = app('other', {
    start: async () => {
      started = true
    },
  })
  await assert.rejects(run([other, needy]), /X: is missing.*\(needy\)/)
  assert.equal(started, false)
})

test('an app that cannot start makes the others stop, and its error is the one thrown', async () => {
  const stopped: string[] = []
  const waiting = app('waiting', {
    start: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  const good = app('good', { stop: async () => void stopped.push('good') })
  const bad = app('bad', { start: () => Promise.reject(new Error('no brokers')) })
  await assert.rejects(run([good, waiting, bad]), /no brokers/)
  assert.deepEqual(stopped, ['good'])
})

test('a start that is aborted ends with the abort', async () => {
  const shutdown = new AbortController()
  const waiting = app('waiting', {
    start: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  const starting = run([waiting], {}, shutdown.signal)
  shutdown.abort()
  await assert.rejects(starting, { name: 'AbortError' })
})

test('an app that fails turns red and rejects `failed`; the others can still be stopped', async () => {
  const failure = Promise.withResolvers<never>()
  const stopped: string[] = []
  const running = await run([
    app('good', { stop: async () => void stopped.push('good') }),
    app('bad', { failed: failure.promise, stop: async () => void stopped.push('bad') }),
  ])
  failure.reject(new Error('fenced for ever'))
  await assert.rejects(running.failed, /fenced for ever/)
  assert.equal(running.health().bad?.state, 'red')
  await running.stop()
  assert.deepEqual(stopped, ['good', 'bad'])
})

test('an error while stopping does not keep the others from stopping', async () => {
  const stopped: string[] = []
  const running = await run([
    app('bad', { stop: () => Promise.reject(new Error('cannot commit')) }),
    app('good', { stop: async () => void stopped.push('good') }),
  ])
  await assert.rejects(running.stop(), /cannot commit/)
  assert.deepEqual(stopped, ['good'])
})

test('metrics of an app carry its name', async () => {
  const counting = app('counting', {
    start: async ({ metrics }) => {
      const { counter } = await import('./metrics.ts')
      counter(metrics, { name: 'seen_total', help: 'Seen.' }).inc()
    },
  })
  const running = await run([counting])
  assert.match(await running.metrics(), /seen_total\{app="counting"\} 1/)
  await running.stop()
})
