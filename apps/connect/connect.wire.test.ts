/** Connecting, on a real Postgres, with the small part of Attio that connecting touches. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { SUBSCRIBED_EVENTS } from '@attio-stream/attio'
import { Connections, type Control, keyring, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import { connectWorkspace, disconnectWorkspace, testWorkspace } from './connect.ts'
import { type Hook, newAttio, type SmallAttio, serveAttio } from './small-attio.ts'

let directory: string
let stack: Stack
let control: Control
let connections: Connections
let server: Server
let apiUrl: string
let attio: SmallAttio
const key = randomBytes(32)

beforeEach(() => {
  attio = newAttio()
})

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-connect-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  control = await openControl({ databaseUrl: stack.addresses.databaseUrl ?? assert.fail('no Postgres') })
  connections = new Connections(control, keyring(createSecretKey(key)))
  server = await serveAttio(() => attio)
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(async () => {
  server?.closeAllConnections()
  server?.close()
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

const connect = () => connectWorkspace({ connections, apiUrl, token: attio.token, publicUrl: `${apiUrl}/` })
const onlyHook = () => {
  const [hook] = [...attio.hooks.values()]
  assert(hook !== undefined && attio.hooks.size === 1, `${attio.hooks.size} webhooks`)
  return hook
}
const change = (spoil: (hook: Hook) => Hook) => attio.hooks.set(onlyHook().id.webhook_id, spoil(onlyHook()))

test('a workspace is connected with one webhook for everything the system follows, to a URL of its own', async () => {
  const { connection, webhook } = await connect()
  const hook = onlyHook()
  assert.equal(webhook, 'created')
  assert.deepEqual([connection.status, connection.token, connection.workspaceName], ['active', attio.token, 'Acme'])
  assert.equal(hook.target_url, `${apiUrl}/webhooks/attio/${connection.key}`)
  assert.deepEqual(hook.subscriptions.map(({ event_type }) => event_type).sort(), [...SUBSCRIBED_EVENTS].sort())
  assert(hook.subscriptions.every(({ filter }) => filter === null))
  assert.equal(connection.webhook?.secret, attio.secrets.get(hook.id.webhook_id))
})

test('without a webhook the workspace is active and nothing is registered; later one can be', async () => {
  const options = { connections, apiUrl, token: attio.token, publicUrl: null }
  const { connection, webhook } = await connectWorkspace(options)
  assert.deepEqual([webhook, connection.webhook, attio.hooks.size], ['none', null, 0])
  assert.equal((await connections.byWorkspace(connection.workspaceId))?.status, 'active')
  assert.equal((await connect()).webhook, 'created')
})

test('connecting again keeps a whole webhook, its key and its secret', async () => {
  const { connection: first } = await connect()
  const { connection: again, webhook } = await connect()
  assert.equal(webhook, 'kept')
  assert.deepEqual([again.key, again.webhook?.secret], [first.key, first.webhook?.secret])
  onlyHook()
})

test('a webhook whose secret was lost is deleted and made again, at the same URL', async () => {
  const { connection: first } = await connect()
  await connections.clearWebhook(first.workspaceId)
  const { connection: again, webhook } = await connect()
  assert.equal(webhook, 'replaced')
  assert.deepEqual([again.key, again.status], [first.key, 'active'])
  assert.equal(onlyHook().id.webhook_id, again.webhook?.id)
  assert.notEqual(again.webhook?.id, first.webhook?.id)
})

test('an inactive webhook, or one that misses an event, is replaced', async () => {
  const inactive = (hook: Hook): Hook => ({ ...hook, status: 'inactive' })
  const deaf = (hook: Hook): Hook => ({ ...hook, subscriptions: hook.subscriptions.slice(1) })
  for (const spoil of [inactive, deaf]) {
    attio.hooks.clear()
    await connect()
    change(spoil)
    assert.equal((await connect()).webhook, 'replaced')
    assert.equal(onlyHook().subscriptions.length, SUBSCRIBED_EVENTS.length)
  }
})

test('somebody else’s webhooks of the workspace are left alone', async () => {
  const other: Hook = {
    id: { workspace_id: 'w', webhook_id: randomUUID() },
    target_url: 'https://other.example/hook',
    subscriptions: [],
    status: 'active',
  }
  attio.hooks.set(other.id.webhook_id, other)
  const { connection } = await connect()
  await disconnectWorkspace(connection, { connections, apiUrl })
  assert.deepEqual([...attio.hooks.values()], [other])
})

test('a refused token, a revoked token and missing scopes are three different sentences, and store nothing', async () => {
  attio.answer = 'refused'
  await assert.rejects(connect(), /does not recognise the token/)
  attio.answer = 'inactive'
  await assert.rejects(connect(), /deleted or revoked/)
  attio.answer = 'active'
  attio.scopes = 'note:read-write record_permission:read'
  await assert.rejects(connect(), (error: Error) => {
    assert.match(error.message, /lacks 6 scopes: .*webhook:read-write/)
    assert.equal(error.message.includes('note:read'), false)
    assert.equal(error.message.includes(attio.token), false)
    return true
  })
  assert.equal(await connections.byWorkspace(attio.workspace), undefined)
})

test('a refused webhook leaves the connection broken, and the next run finishes it', async () => {
  attio.refuseWebhook = true
  await assert.rejects(connect(), /PUBLIC_WEBHOOK_URL has to be an https address/)
  assert.equal((await connections.byWorkspace(attio.workspace))?.status, 'broken')
  attio.refuseWebhook = false
  assert.equal((await connect()).connection.status, 'active')
})

test('disconnecting deletes the webhook and forgets the token, also when the token is refused by then', async () => {
  const { connection } = await connect()
  assert.deepEqual(await disconnectWorkspace(connection, { connections, apiUrl }), { webhook: 'deleted' })
  assert.equal(attio.hooks.size, 0)
  assert.deepEqual(
    [(await connections.byWorkspace(attio.workspace))?.status, (await connections.byWorkspace(attio.workspace))?.token],
    ['disconnected', ''],
  )

  const { connection: again } = await connect()
  attio.answer = 'refused'
  assert.deepEqual(await disconnectWorkspace(again, { connections, apiUrl }), { webhook: 'left' })
  assert.equal((await connections.byWorkspace(attio.workspace))?.status, 'disconnected')
})

test('a test sends a signed delivery, and says what is wrong', async () => {
  const { connection } = await connect()
  assert.deepEqual(await testWorkspace(connection, { connections, apiUrl }), { problems: [] })
  assert.deepEqual(attio.deliveries, [{ url: `/webhooks/attio/${connection.key}`, signed: true }])

  attio.deliveryStatus = 401
  change((hook) => ({ ...hook, status: 'degraded' }))
  const { problems } = await testWorkspace(connection, { connections, apiUrl })
  assert.equal(problems.length, 2)
  assert.match(problems.join('\n'), /degraded.*\n.*another secret/)

  attio.hooks.clear()
  assert.match((await testWorkspace(connection, { connections, apiUrl })).problems.join(), /gone at Attio/)
})

test('a test marks a connection broken when its token is refused, and active when it works again', async () => {
  const { connection } = await connect()
  attio.answer = 'refused'
  assert.equal((await testWorkspace(connection, { connections, apiUrl })).problems.length, 1)
  const broken = (await connections.byWorkspace(attio.workspace)) ?? assert.fail()
  assert.deepEqual([broken.status, /token/.test(broken.statusReason)], ['broken', true])
  attio.answer = 'active'
  await testWorkspace(broken, { connections, apiUrl })
  assert.equal((await connections.byWorkspace(attio.workspace))?.status, 'active')
})

async function run(args: readonly string[], input = ''): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: stack.addresses.databaseUrl,
      ENCRYPTION_KEY: key.toString('base64'),
      ATTIO_API_URL: apiUrl,
      PUBLIC_WEBHOOK_URL: apiUrl,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  child.stdin.end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, output }
}

test('the command connects, lists, tests and disconnects, and never prints token, secret or key', async () => {
  const outputs: string[] = []
  const expect = async (status: number, pattern: RegExp, args: readonly string[], input?: string) => {
    const { status: code, output } = await run(args, input)
    assert.equal(code, status, output)
    assert.match(output, pattern)
    outputs.push(output)
  }
  await expect(0, /Workspace: Acme.*Webhook: .*\(created\).*Scopes: .*Next: /s, ['--token', attio.token])
  await expect(0, /\(kept\)/, ['--token', '-'], `${attio.token}\n`)
  const { key: urlKey, webhook } = (await connections.byWorkspace(attio.workspace)) ?? assert.fail()
  await expect(0, new RegExp(`Acme .*${attio.workspace}.*active`), ['--list'])
  await expect(0, /work\.$/m, ['--test', attio.workspace])
  await expect(0, /Sealed again: 0/, ['--reseal'])
  await expect(0, /Disconnected Acme/, ['--disconnect', attio.workspace])
  await expect(1, /was disconnected/, ['--test', attio.workspace])
  await expect(1, /No token was given/, [])
  await expect(1, /without an option/, [attio.token])
  await expect(1, /No such workspace/, ['--test', 'nowhere'])
  attio.answer = 'inactive'
  await expect(1, /deleted or revoked/, ['--token', attio.token])
  for (const secret of [attio.token, urlKey, webhook?.secret ?? assert.fail()])
    assert.equal(outputs.join('').includes(secret), false)
})
