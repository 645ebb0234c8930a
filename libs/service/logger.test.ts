import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './logger.ts'
import { readableLine } from './readable.ts'
import { isSecretName, redact } from './redact.ts'

const SECRET = 'sk-4f5e6d7c8b9a'

/** What a logger writes during `act`, as one text. */
function written(act: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = ''
  act(
    createLogger({
      level: 'debug',
      destination: {
        write: (line) => {
          text += line
        },
      },
    }),
  )
  return text
}

test('R14: secrets and payloads do not reach the log, at any depth and under any spelling', () => {
  const text = written((logger) => {
    logger.info({ token: SECRET, nested: { deep: { webhookSecret: SECRET, list: [{ 'x-api-key': SECRET }] } } }, 'one')
    logger.info({ headers: { Authorization: `Bearer ${SECRET}`, cookie: SECRET }, ENCRYPTION_KEY: SECRET }, 'two')
    logger.info({ payload: SECRET, body: { note: SECRET }, value: Buffer.from(SECRET) }, 'three')
    logger.child({ token: SECRET }).child({ secret: SECRET }).info('four')
  })
  assert.equal(text.includes(SECRET), false)
  assert.equal(text.includes('"note"'), false)
  assert.equal(text.trim().split('\n').length, 4)
  assert.match(text, /\(hidden\)/)
})

test('R14: credentials inside text are hidden, in messages and errors too', () => {
  const text = written((logger) => {
    logger.info(`connecting to postgres://me:${SECRET}@db/control`)
    logger.error(new Error(`401 for Bearer ${SECRET}`))
    logger.error({ error: new Error('outer', { cause: new Error(`GET /x?access_token=${SECRET}&a=1`) }) }, 'failed')
  })
  assert.equal(text.includes(SECRET), false)
  assert.match(text, /postgres:\/\/\(hidden\)@db/)
  assert.match(text, /"message":"outer"/)
})

test('R14: of an error only type, message, code, stack and cause are written, never what a driver hung on it', () => {
  const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: SECRET, meta: { reply: SECRET } })
  const text = written((logger) => logger.warn({ error }, 'write failed'))
  assert.equal(text.includes(SECRET), false)
  assert.match(text, /"code":"23505"/)
  assert.match(text, /logger\.test\.ts/)
})

test('what is not secret is written as it is', () => {
  const line = JSON.parse(
    written((logger) => logger.child({ app: 'hydrate' }).info({ tokens: 12, keys: ['a'], partition: 3 }, 'read')),
  )
  assert.deepEqual(
    { ...line, time: '' },
    { level: 'info', time: '', app: 'hydrate', tokens: 12, keys: ['a'], partition: 3, msg: 'read' },
  )
  assert.equal(isSecretName('tokenizer'), false)
  assert.equal(isSecretName('connectionKey'), false)
})

test('cycles and depth end, long lists say how much is left out', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  assert.match(JSON.stringify(redact(cycle)), /deeper/)
  assert.deepEqual((redact(new Array(60).fill(1)) as unknown[]).at(-1), '(10 more)')
})

test('a line for a terminal shows time, level, app, message, fields and the stack', () => {
  const line = written((logger) =>
    logger.child({ app: 'webhook' }).error({ error: new Error('boom'), partition: 3 }, 'Failed.'),
  )
  const shown = readableLine(line)
  assert.match(shown, /^\d\d:\d\d:\d\d\.\d{3} .*error.* webhook Failed\. .*partition=.*3\nError: boom\n {4}at /)
  assert.equal(readableLine('not json\n'), 'not json')
})
