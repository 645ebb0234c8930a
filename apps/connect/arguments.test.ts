import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTask } from './arguments.ts'

test('each option is one task; none means connect with the token of the environment', () => {
  assert.deepEqual(parseTask([]), { kind: 'connect', token: undefined, webhookUrl: undefined, webhook: true })
  assert.deepEqual(parseTask(['--token', 't', '--webhook-url', 'https://x']), {
    kind: 'connect',
    token: 't',
    webhookUrl: 'https://x',
    webhook: true,
  })
  const { webhook } = parseTask(['--without-webhook']) as { readonly webhook?: boolean }
  assert.equal(webhook, false)
  assert.deepEqual(parseTask(['--list']), { kind: 'list' })
  assert.deepEqual(parseTask(['--test', 'acme']), { kind: 'test', workspace: 'acme' })
  assert.deepEqual(parseTask(['--disconnect', 'acme']), { kind: 'disconnect', workspace: 'acme' })
  assert.deepEqual(parseTask(['--reseal']), { kind: 'reseal' })
  assert.deepEqual(parseTask(['--help']), { kind: 'help' })
})

test('what makes no sense is refused without repeating it, because it may be a token', () => {
  for (const args of [['s3cr3t'], ['--tokn', 's3cr3t'], ['--list', 's3cr3t'], ['--token=s3cr3t', '--list=s3cr3t']])
    assert.throws(
      () => parseTask(args),
      (error: Error) => !error.message.includes('s3cr3t') && error.message.includes('npm run connect'),
    )
  assert.throws(() => parseTask(['--list', '--reseal']), /One thing at a time/)
})
