import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const FIXTURE = join(import.meta.dirname, 'fixtures/main.ts')

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  /** Waits until the output has this. */
  saw(pattern: RegExp): Promise<void>
  exit(): Promise<number | null>
}

async function start(
  context: TestContext,
  behaviour: readonly string[],
  env: Record<string, string>,
): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'attio-stream-main-'))
  if (env.FILE !== undefined) await writeFile(join(directory, '.env'), env.FILE)
  const child = spawn(process.execPath, [FIXTURE, ...behaviour], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
  })
  context.after(async () => {
    child.kill('SIGKILL')
    await rm(directory, { recursive: true })
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const closed = once(child, 'close')
  const saw = async (pattern: RegExp) => {
    const signal = AbortSignal.timeout(20_000)
    while (!pattern.test(output)) {
      if (child.exitCode !== null) assert.fail(`ended without ${pattern}: ${output}`)
      await Promise.race([once(child.stdout, 'data', { signal }), once(child.stderr, 'data', { signal }), closed])
    }
  }
  return { child, output: () => output, saw, exit: async () => (await closed)[0] as number | null }
}

test('SIGTERM and SIGINT stop everything and exit with 0', async (context) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, saw, exit, output } = await start(context, [], { GREETING: 'hello' })
    await saw(/"greeting":"hello".*Started\./s)
    child.kill(signal)
    assert.equal(await exit(), 0)
    assert.match(output(), /let go.*All stopped\./s)
  }
})

test('a second signal exits at once', async (context) => {
  const { child, saw, exit } = await start(context, ['hang'], { GREETING: 'hello' })
  await saw(/Started\./)
  child.kill('SIGINT')
  await saw(/once more to stop at once/)
  child.kill('SIGINT')
  assert.equal(await exit(), 130)
})

test('a stop that passes the deadline exits with 1', async (context) => {
  const { child, saw, exit, output } = await start(context, ['hang', 'short'], { GREETING: 'hello' })
  await saw(/Started\./)
  child.kill('SIGTERM')
  assert.equal(await exit(), 1)
  assert.match(output(), /Not everything stopped within 0\.1 s/)
})

test('an app that fails ends the process with 1, after a clean stop', async (context) => {
  const { exit, output } = await start(context, ['fail'], { GREETING: 'hello' })
  assert.equal(await exit(), 1)
  assert.match(output(), /gave up.*let go/s)
})

test('an app that cannot start ends the process with 1 and says why', async (context) => {
  const { exit, output } = await start(context, ['refuse'], { GREETING: 'hello' })
  assert.equal(await exit(), 1)
  assert.match(output(), /cannot start/)
})

test('an unhandled rejection is logged and ends the process with 1', async (context) => {
  const { exit, output } = await start(context, ['reject'], { GREETING: 'hello' })
  assert.equal(await exit(), 1)
  assert.match(output(), /"level":"fatal".*nobody waits for me/)
})

test('missing settings end the process with 1 and a plain message', async (context) => {
  const { exit, output } = await start(context, [], {})
  assert.equal(await exit(), 1)
  assert.match(output(), /One setting is missing or wrong.*\n {2}GREETING: is missing — what to say \(fixture\)/)
})

test('.env is read when there is one, and the environment wins over it', async (context) => {
  const { child, saw, exit } = await start(context, [], { FILE: 'GREETING=from the file\nLOG_LEVEL=debug\n' })
  await saw(/"greeting":"from the file".*Started\./s)
  child.kill('SIGTERM')
  assert.equal(await exit(), 0)
  const second = await start(context, [], { FILE: 'GREETING=from the file\n', GREETING: 'from outside' })
  await second.saw(/"greeting":"from outside".*Started\./s)
  second.child.kill('SIGTERM')
  assert.equal(await second.exit(), 0)
})
