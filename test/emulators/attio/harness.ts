/**
 * What the emulator's own tests stand on: a started emulator whose every answer is judged by the contract,
 * a client for it, a receiver for its webhooks, and waiting for a condition with a deadline.
 */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { contractChecker } from './contract/check.ts'
import { type AttioEmulator, type AttioEmulatorOptions, startAttioEmulator } from './index.ts'

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  readonly body: any
  readonly headers: Headers
}
export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>

export interface Emulated {
  readonly attio: AttioEmulator
  readonly token: string
  readonly ask: Ask
  /** Templates that have been answered, with the statuses. */
  readonly answered: Map<string, Set<number>>
}

let checker: ReturnType<typeof contractChecker> | undefined

export async function emulate(t: TestContext, options: AttioEmulatorOptions = {}): Promise<Emulated> {
  checker ??= contractChecker()
  const judge = checker
  const faults = new Set<string>()
  const answered = new Map<string, Set<number>>()
  const attio = await startAttioEmulator({
    limits: 'off',
    say: (line) => {
      if (line.includes('itself failed')) faults.add(line)
    },
    ...options,
    witness: (answer) => {
      const statuses = answered.get(answer.template) ?? new Set()
      answered.set(answer.template, statuses.add(answer.status))
      for (const fault of judge.answer(answer)) faults.add(fault)
    },
  })
  t.after(async () => {
    await attio.stop()
    assert.deepEqual([...faults], [], 'every answer conforms to the contract')
  })
  const token = attio.workspaces[0]?.token ?? ''
  return { attio, token, answered, ask: client(attio.url, token) }
}

export function client(url: string, token: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers }
  }
}

export interface Received {
  readonly body: Buffer
  readonly headers: IncomingMessage['headers']
  readonly at: number
}
export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** What to answer; null hangs. */
  answer: (nth: number) => number | null
}

export async function receive(t: TestContext): Promise<Receiver> {
  const receiver: { url: string; received: Received[]; answer: Receiver['answer'] } = {
    url: '',
    received: [],
    answer: () => 200,
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      receiver.received.push({ body: Buffer.concat(chunks), headers: request.headers, at: performance.now() })
      const status = receiver.answer(receiver.received.length)
      if (status !== null) response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return receiver
}

export async function until(what: string, condition: () => boolean, ms = 8_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) assert.fail(`Waited ${ms} ms in vain for: ${what}`)
    await pause(5)
  }
}

/** Registers a webhook for these event types, or for all documented ones of records, notes, tasks and lists. */
export async function subscribe(
  ask: Ask,
  target_url: string,
  types: readonly string[] = ALL,
): Promise<{ id: string; secret: string }> {
  const subscriptions = types.map((event_type) => ({ event_type, filter: null }))
  const { body, status } = await ask('POST', '/v2/webhooks', { data: { target_url, subscriptions } })
  assert.equal(status, 200)
  return { id: body.data.id.webhook_id, secret: body.data.secret }
}
const ALL = [
  'record.created',
  'record.updated',
  'record.deleted',
  'record.merged',
  'note.created',
  'task.updated',
  'list-entry.updated',
]
