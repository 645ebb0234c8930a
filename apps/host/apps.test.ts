import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { purposeOf } from '@attio-stream/service'
import { appNames, loadApps, UnknownApp } from './apps.ts'

const FOLDER = join(import.meta.dirname, '..')
const COMMANDS = ['provision', 'connect', 'dead-letters', 'verify', 'trace', 'search', 'rebuild', 'replay']

test('every folder of apps is an app that can be hosted, or a command', async () => {
  const names = readdirSync(FOLDER).filter((name) => name !== 'host' && existsSync(join(FOLDER, name, 'package.json')))
  assert.deepEqual([...(await appNames()), ...COMMANDS].sort(), names.sort())
})

test('all means every app, in the order of the flow, named as its folder', async () => {
  const apps = await loadApps(['all'])
  assert.deepEqual(
    apps.map((app) => app.name),
    await appNames(),
  )
  assert.equal(apps[0]?.name, 'webhook')
})

test('named apps come once, in the order of the flow, whatever the order of the names', async () => {
  const apps = await loadApps(['compact', 'webhook', 'compact'])
  assert.deepEqual(
    apps.map((app) => app.name),
    ['webhook', 'compact'],
  )
})

test('an unknown name, a command and no name at all are answered with the names there are', async () => {
  for (const names of [['nonsense'], ['provision'], ['../connect'], []])
    await assert.rejects(
      loadApps(names),
      (error: Error) => error instanceof UnknownApp && error.message.includes('compact'),
    )
})

test('every setting of every app says what it is for', async () => {
  for (const { name, settings } of await loadApps(['all']))
    for (const variable of Object.keys(settings.shape))
      assert.notEqual(purposeOf(settings, variable), '', `${name}: ${variable} has no description`)
})

test('.env.example names every setting of every app and says what it is for', async () => {
  const text = readFileSync(join(FOLDER, '../.env.example'), 'utf8')
  const missing = (await loadApps(['all'])).flatMap(({ settings }) =>
    Object.keys(settings.shape).filter((name) => !new RegExp(`^# .+\\n# ${name}=`, 'm').test(text)),
  )
  assert.deepEqual(missing, [])
})
