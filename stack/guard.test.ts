import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { type Command, guarded, run } from './guard.ts'
import { type Identity, identify, isAlive } from './pid.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'guard-'))
after(() => rmSync(folder, { recursive: true }))

const command = (script: string, more: Partial<Command> = {}): Command => ({
  file: '/bin/sh',
  args: ['-c', script],
  stopSignal: 'SIGTERM',
  graceMs: 5_000,
  ...more,
})

/** A process that starts the command guarded and then does nothing more; it prints the program's pid. */
async function caller(what: Command): Promise<{ kill(): void; program: Identity }> {
  const script = `
    import { guarded } from ${JSON.stringify(join(import.meta.dirname, 'guard.ts'))}
    console.log(guarded(${JSON.stringify(what)}, 1).pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  after(() => child.kill('SIGKILL'))
  const said: string[] = []
  const lines = createInterface(child.stdout).on('line', (line) => said.push(line))
  while (said.length < 2) await once(lines, 'line') // the pid from the caller, and the program's own word that it is there
  lines.close()
  const pid = said.find((line) => line !== 'here')
  const program = identify(Number(pid))
  assert.ok(program !== undefined)
  return { kill: () => child.kill('SIGKILL'), program }
}

const gone = (program: Identity) =>
  until('its end', () => assert.equal(isAlive(program), false), { withinMs: 10_000, everyMs: 20 })

test('the program ends when its caller is killed with SIGKILL', async () => {
  const { kill, program } = await caller(command('echo here; exec sleep 600'))
  assert.ok(isAlive(program))
  kill()
  await gone(program)
})

test('a program that ignores the polite signal is killed after its grace', async () => {
  const { kill, program } = await caller(
    command("trap '' TERM; echo here; while :; do sleep 0.05; done", { graceMs: 300 }),
  )
  kill()
  await gone(program)
})

test('the data of a throwaway server goes when its caller is killed', async () => {
  const data = join(folder, 'throwaway')
  mkdirSync(data)
  const { kill, program } = await caller(command('echo here; exec sleep 600', { removeIfAbandoned: data }))
  kill()
  await gone(program)
  await until('the removal', () => assert.equal(existsSync(data), false), { withinMs: 5_000, everyMs: 20 })
})

test('data stays when the program ends by itself while its caller lives', async () => {
  const data = join(folder, 'kept')
  mkdirSync(data)
  const child = guarded(command('exit 7', { removeIfAbandoned: data }), 1)
  const [code] = (await once(child, 'exit')) as [number]
  await once(child.stdio[3] as NodeJS.EventEmitter, 'close') // the watcher has gone too
  assert.equal(code, 7)
  assert.ok(existsSync(data))
})

test('the pid of the child is the pid of the program, and its end is seen as it was', async () => {
  const child = guarded(command('exec sleep 600'), 1)
  child.kill('SIGKILL')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
})

test('a program gets none of our settings', async () => {
  process.env.ATTIO_API_KEY = 'secret'
  const child = guarded(command('env'), 'pipe')
  const lines: string[] = []
  createInterface(child.stdout as NodeJS.ReadableStream).on('line', (line) => lines.push(line))
  await once(child, 'close')
  delete process.env.ATTIO_API_KEY
  assert.ok(lines.some((line) => line.startsWith('PATH=')))
  assert.ok(!lines.some((line) => line.includes('secret')))
})

test('a step that fails is a sentence', async () => {
  await assert.rejects(run('Formatting', command('exit 3'), 1), { message: 'Formatting failed (it ended with 3)' })
  await run('Formatting', command('exit 0'), 1)
})
