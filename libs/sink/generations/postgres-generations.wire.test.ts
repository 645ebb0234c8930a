/** The registry of generations on a real Postgres. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import { sql } from 'kysely'
import { liveGroups } from './live-groups.ts'
import { PostgresGenerations } from './postgres-generations.ts'
import { registryConformance } from './registry-conformance.ts'

let stack: Stack
let controls: readonly [Control, Control]
const url = () => stack.addresses.databaseUrl ?? ''

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'generations-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  const open = () => openControl({ databaseUrl: url() })
  controls = [await open(), await open()]
})
after(async () => {
  for (const control of controls ?? []) await control.close()
  await stack?.stop()
})
const two = async (sink = `s${randomUUID().slice(0, 8)}`) => {
  const [one, other] = controls.map((control) => new PostgresGenerations(control, { sink, cell: 'c.' }))
  return [one, other] as [PostgresGenerations, PostgresGenerations]
}

registryConformance('the registry in Postgres', two)

const begin = { key: { format: '1', schema: 's', model: '' }, places: (n: number) => [`p-${n}-{workspace}`] }

test('readers find the live generation by one query, and cells do not see each other', async () => {
  const [one] = await two('asked')
  const [elsewhere] = controls.map((control) => new PostgresGenerations(control, { sink: 'asked', cell: 'other.' }))
  await one.live(begin)
  await elsewhere?.live(begin)
  const ask = async (cell: string) => {
    const { rows } = await sql<{ namespace: string }>`
      select replace(places[1], '{workspace}', 'w1') as namespace from control.live_generations
      where sink = 'asked' and cell = ${cell}`.execute(controls[0].db)
    return rows.map(({ namespace }) => namespace)
  }
  assert.deepEqual(await ask('c.'), ['p-1-w1'])
  await one.start(begin)
  await one.move(2, ['building'], 'verified')
  await one.makeLive(2, async () => {})
  assert.deepEqual([await ask('c.'), await ask('other.')], [['p-2-w1'], ['p-1-w1']])
  const groupOf = liveGroups(controls[0], 'c.')
  assert.deepEqual([await groupOf('sink-asked'), await groupOf('compact')], ['sink-asked-g2', 'compact'])
})

test('two who switch at the same time leave one live generation', async () => {
  const [one, other] = await two()
  await one.live(begin)
  await one.start(begin)
  await one.move(2, ['building'], 'verified')
  let shown = 0
  const show = async () => {
    shown++
  }
  const both = await Promise.allSettled([one.makeLive(2, show), other.makeLive(2, show)])
  assert.ok(both.some(({ status }) => status === 'fulfilled'))
  assert.ok(shown >= 1)
  assert.deepEqual(
    (await one.all()).map(({ state }) => state),
    ['live', 'retired'],
  )
})

test('what a killed process held is free at once', async () => {
  const script = `
    import { openControl } from '@attio-stream/service'
    const control = await openControl({ databaseUrl: process.env.URL })
    const held = await control.lock('generations build c. killed')
    console.log(held === undefined ? 'refused' : 'held')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, URL: url() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout, 'data')
  assert.equal(String(said).trim(), 'held')
  const [one] = await two('killed')
  assert.equal(await one.hold('build'), undefined)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const deadline = Date.now() + 10_000
  let held = await one.hold('build')
  while (held === undefined && Date.now() < deadline) held = await one.hold('build')
  assert.ok(held !== undefined)
  await held.release()
})
