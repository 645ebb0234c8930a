/** The control database on a real Postgres. */
import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Stack, startStack } from '@attio-stream/stack'
import { sql } from 'kysely'
import { createLogger } from '../logger.ts'
import { Connections } from './connections.ts'
import { type Control, openControl } from './control.ts'
import { watchConnections } from './live-connections.ts'
import { keyring } from './seal.ts'

let directory: string
let stack: Stack
let control: Control
let databaseUrl: string
const key = createSecretKey(randomBytes(32))
const quiet = createLogger({ level: 'silent' })

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-control-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  databaseUrl = stack.addresses.databaseUrl ?? assert.fail('no Postgres')
  control = await openControl({ databaseUrl })
})
after(async () => {
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

let count = 0
function given() {
  count += 1
  const name = `w${count}-${randomBytes(4).toString('hex')}`
  return {
    workspaceId: name,
    workspaceSlug: name,
    workspaceName: name,
    token: `token of ${name}`,
    scopes: ['note:read'],
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>, deadline = 10_000): Promise<void> {
  const end = performance.now() + deadline
  while (!(await condition())) {
    assert(performance.now() < end, `waited ${deadline} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('many processes may open the database at once: it is migrated once', async () => {
  await sql`drop schema control cascade`.execute(control.db)
  const opened = await Promise.all(Array.from({ length: 6 }, () => openControl({ databaseUrl, poolSize: 1 })))
  const { rows } = await sql<{ name: string }>`select name from control.kysely_migration`.execute(control.db)
  assert(rows.some((row) => row.name === '001-connections'))
  await Promise.all(opened.map((one) => one.close()))
})

test('a database that cannot be reached is a sentence that names the setting, without the password', async () => {
  await assert.rejects(openControl({ databaseUrl: 'postgres://me:hunter22@127.0.0.1:1/x' }), (error: Error) => {
    assert.match(error.message, /DATABASE_URL/)
    assert.equal(error.message.includes('hunter22'), false)
    return true
  })
})

test('a connection is broken until it has a webhook, then active; token and secret are sealed in the table', async () => {
  const connections = new Connections(control, keyring(key))
  const workspace = given()
  const saved = await connections.save(workspace)
  assert.deepEqual([saved.status, saved.webhook, saved.token], ['broken', null, workspace.token])
  assert(Buffer.from(saved.key, 'base64url').length >= 16)
  const active = await connections.setWebhook(workspace.workspaceId, { id: 'hook', secret: 'whsec' })
  assert.deepEqual([active.status, active.webhook?.secret], ['active', 'whsec'])
  const { rows } = await sql`select * from control.connections where workspace_id = ${workspace.workspaceId}`.execute(
    control.db,
  )
  assert.equal(/token of|whsec/.test(JSON.stringify(rows)), false)
  assert.deepEqual(await connections.byKey(saved.key), active)
  assert.deepEqual(await connections.byWorkspace(workspace.workspaceId), active)
  assert((await connections.listActive()).some((one) => one.id === saved.id))
})

test('connecting again keeps id, key and webhook, takes the new token, and heals a broken connection', async () => {
  const connections = new Connections(control, keyring(key))
  const workspace = given()
  const first = await connections.save(workspace)
  await connections.setWebhook(workspace.workspaceId, { id: 'hook', secret: 'whsec' })
  await connections.markBroken(workspace.workspaceId, 'The token was refused.')
  assert.equal((await connections.byWorkspace(workspace.workspaceId))?.statusReason, 'The token was refused.')
  const again = await connections.save({ ...workspace, token: 'new', workspaceName: 'Renamed' })
  assert.deepEqual([again.id, again.key, again.token, again.workspaceName], [first.id, first.key, 'new', 'Renamed'])
  assert.deepEqual([again.status, again.statusReason, again.webhook?.id], ['active', '', 'hook'])
})

test('disconnecting forgets token and webhook; neither breaking nor healing brings it back', async () => {
  const connections = new Connections(control, keyring(key))
  const workspace = given()
  await connections.save(workspace)
  await connections.setWebhook(workspace.workspaceId, { id: 'hook', secret: 'whsec' })
  await connections.markDisconnected(workspace.workspaceId)
  await connections.markBroken(workspace.workspaceId, 'late')
  await connections.markActive(workspace.workspaceId)
  const left = await connections.byWorkspace(workspace.workspaceId)
  assert.deepEqual([left?.status, left?.token, left?.webhook], ['disconnected', '', null])
})

test('two first connections of one workspace at once make one row', async () => {
  const connections = new Connections(control, keyring(key))
  const workspace = given()
  const [one, two] = await Promise.all([connections.save(workspace), connections.save(workspace)])
  assert.equal(one.id, two.id)
})

test('a secret copied into another row does not open, and hides no other connection', async () => {
  const connections = new Connections(control, keyring(key))
  const [victim, thief] = [given(), given()]
  await connections.save(victim)
  await connections.save(thief)
  await sql`update control.connections set token = (select token from control.connections where workspace_id = ${victim.workspaceId})
    where workspace_id = ${thief.workspaceId}`.execute(control.db)
  await assert.rejects(connections.byWorkspace(thief.workspaceId), /changed or moved/)
  const { connections: all, unreadable } = await connections.list()
  assert(all.some((one) => one.workspaceId === victim.workspaceId))
  assert.deepEqual(
    unreadable.map((one) => one.workspaceId),
    [thief.workspaceId],
  )
  await sql`delete from control.connections where workspace_id = ${thief.workspaceId}`.execute(control.db)
})

test('a rotation of the key seals every row again, after which the old key is not needed', async () => {
  const newer = createSecretKey(randomBytes(32))
  const workspace = given()
  await new Connections(control, keyring(key)).save(workspace)
  const rotating = new Connections(control, keyring(newer, [key]))
  assert.equal((await rotating.byWorkspace(workspace.workspaceId))?.token, workspace.token)
  assert((await rotating.reseal()) > 0)
  assert.equal(await rotating.reseal(), 0)
  assert.equal(
    (await new Connections(control, keyring(newer)).byWorkspace(workspace.workspaceId))?.token,
    workspace.token,
  )
  await new Connections(control, keyring(key, [newer])).reseal()
})

test('every process sees a change within a second, also after its connection was cut', async () => {
  const connections = new Connections(control, keyring(key))
  const live = await watchConnections(connections, quiet)
  try {
    const workspace = given()
    const { key: urlKey } = await connections.save(workspace)
    await until('the new connection', () => live.byKey(urlKey) !== undefined, 1000)
    assert.equal(
      live.active().some((one) => one.key === urlKey),
      false,
    )
    await connections.setWebhook(workspace.workspaceId, { id: 'hook', secret: 'whsec' })
    await until('the webhook', () => live.byWorkspace(workspace.workspaceId)?.webhook?.secret === 'whsec', 1000)
    let told = 0
    const end = live.onChange(() => (told += 1))
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'attio-stream listener'`.execute(
      control.db,
    )
    await connections.markBroken(workspace.workspaceId, 'refused')
    await until('the change during the cut', () => live.byKey(urlKey)?.status === 'broken')
    await until('the listener to be back', () => live.current())
    assert(told > 0)
    end()
  } finally {
    await live.close()
  }
})
