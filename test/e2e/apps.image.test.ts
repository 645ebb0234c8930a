/**
 * The image of the apps, built and run as docker-compose.kafka.yml runs it: not root, on a read-only file system, without
 * privileges. Servers and emulators run beside it. Needs a Docker engine (`make test-image`); where there is none the tests are
 * skipped and say why. APPS_BASE_IMAGE names a base with Node 24 and npm where the default cannot be pulled.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { APPS } from '@attio-stream/stack/system'
import { type Throwaway, throwaway } from '../support/throwaway.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAME = `attio-stream-test-${process.pid}`
const run = promisify(execFile)
const docker = async (...args: readonly string[]): Promise<string> =>
  (await run('docker', args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })).stdout

/** Why there is nothing to test here, or false. */
const skip = ((): string | false => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 })
    return false
  } catch {
    return 'no Docker engine answers `docker info`'
  }
})()

if (skip !== false) test('the image of the apps', { skip }, () => {})
else inTheImage()

function inTheImage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'attio-stream-image-'))
  const running = throwaway({
    processes: [],
    async prepare(given) {
      const base = process.env.APPS_BASE_IMAGE
      const args = base === undefined ? [] : ['--build-arg', `BASE=${base}`]
      await docker('build', '--network', 'host', '-f', 'stack/Dockerfile', ...args, '-t', NAME, '.')
      await begin(given)
      for (const workspace of given.workspaces) await given.connect(workspace)
    },
    async finish() {
      await docker('rm', '--force', NAME).catch(() => '')
      await docker('image', 'rm', '--force', NAME).catch(() => '')
      rmSync(folder, { recursive: true, force: true })
    },
  })

  /** Starts all apps in one container, in the background. Settings go in a file: arguments are seen by everybody. */
  async function begin({ system }: Throwaway): Promise<void> {
    const settings = Object.entries({ ...system.env, STATE_DIRECTORY: '/state' })
    const file = join(folder, 'settings')
    writeFileSync(file, settings.map(([name, value]) => `${name}=${value}`).join('\n'), { mode: 0o600 })
    const confined = [
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--init',
    ]
    const where = ['--name', NAME, '--network', 'host', '--env-file', file]
    await docker('run', '--detach', ...where, ...confined, NAME, 'apps/host/main.ts', ...APPS)
    await until(
      'the apps being ready',
      async () => assert.equal((await fetch(`http://127.0.0.1:${system.env.HEALTH_PORT}/readyz`)).status, 200),
      { withinMs: 60_000 },
    )
  }
  const inside = (...command: readonly string[]) => docker('exec', NAME, ...command)

  test('holds what the apps need and nothing else, and none of it can be written', async () => {
    assert.equal((await inside('id', '-u')).trim(), '10001')
    await assert.rejects(inside('sh', '-c', 'echo x > /app/package.json'), /[Rr]ead-only|[Pp]ermission/)
    const found = await inside(
      'sh',
      '-c',
      'ls -d node_modules/testcontainers node_modules/typescript test .env || true',
    )
    assert.equal(found, '')
    assert.equal(await inside('sh', '-c', 'find apps libs -name "*.test.ts"'), '')
  })

  test('fills the stores from a backfill by its own command, and shows what a webhook tells', async () => {
    const { attio, workspaces, stores, verified } = running()
    const [workspace] = workspaces
    assert.ok(workspace !== undefined)
    await inside('node', 'apps/backfill/main.ts', '--workspace', workspace.id, '--wait')
    await verified()
    const { data } = (await attio.truth({ kind: 'ids', workspace: workspace.id })) as {
      readonly data: { readonly records: { readonly companies: readonly [string] } }
    }
    const [record] = data.records.companies
    await attio.edit('renameRecord', { workspace: workspace.id, record, name: 'Renamed in a container' })
    for (const store of stores(workspace))
      await until(
        `${store.name} showing the new name`,
        async () => assert.match((await store.find(record))?.title ?? '', /Renamed in a container/),
        { withinMs: 30_000 },
      )
    // Exit code 0: no difference was found.
    await inside('node', 'apps/verify/main.ts', '--wait', '20')
  })

  test('stops when asked, in order, and says no secret', async () => {
    const { system, workspaces } = running()
    await docker('stop', '--time', '30', NAME)
    const [state] = JSON.parse(await docker('inspect', NAME)) as { readonly State: { readonly ExitCode: number } }[]
    assert.equal(state?.State.ExitCode, 0)
    const { stdout, stderr } = await run('docker', ['logs', NAME], { maxBuffer: 64 * 1024 * 1024 })
    assert.match(stdout + stderr, /All stopped/)
    for (const secret of [...workspaces.map(({ token }) => token), String(system.env.ENCRYPTION_KEY)])
      assert.ok(!(stdout + stderr).includes(secret))
  })
}
