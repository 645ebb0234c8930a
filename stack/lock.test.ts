import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { tryLock } from './lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'lock-'))
after(() => rmSync(folder, { recursive: true }))

test('a lock has one owner at a time', () => {
  const file = join(folder, 'deep/one')
  const first = tryLock(file)
  assert.ok(first !== undefined)
  assert.equal(tryLock(file), undefined)
  first.release()
  first.release()
  const second = tryLock(file)
  assert.ok(second !== undefined)
  second.release()
})

test('a lock is free again when its owner is killed', async () => {
  const file = join(folder, 'two')
  const script = `
    import { tryLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
    globalThis.held = tryLock(${JSON.stringify(file)})
    console.log(held !== undefined)
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(owner.stdout, 'data')) as [Buffer]
  assert.equal(said.toString(), 'true\n')
  assert.equal(tryLock(file), undefined)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const mine = tryLock(file)
  assert.ok(mine !== undefined)
  mine.release()
})
