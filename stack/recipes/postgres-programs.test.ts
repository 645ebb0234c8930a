import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { canReach, makePassable } from '../account.ts'
import { mend } from './postgres-programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'programs-'))
after(() => rmSync(folder, { recursive: true }))

test('links and mode bits that a blocked install script has not made are made at the first start', () => {
  const native = join(folder, 'native')
  mkdirSync(join(native, 'bin'), { recursive: true })
  mkdirSync(join(native, 'lib'))
  for (const name of ['initdb', 'pg_ctl', 'postgres']) writeFileSync(join(native, 'bin', name), '', { mode: 0o644 })
  writeFileSync(join(native, 'lib/libpq.so.5.18'), '')
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  mend(native)
  mend(native)
  assert.equal(readlinkSync(join(native, 'lib/libpq.so.5')), 'libpq.so.5.18')
  assert.ok(existsSync(join(native, 'lib/libpq.so.5')))
  assert.equal(statSync(join(native, 'bin/postgres')).mode & 0o555, 0o555)
})

test('another account reaches a folder only if it may pass every folder above it', () => {
  const nobody = { uid: 65_534, gid: 65_534 }
  const closed = join(folder, 'closed')
  const inner = join(closed, 'inner')
  mkdirSync(inner, { recursive: true })
  chmodSync(folder, 0o711)
  chmodSync(inner, 0o755)
  chmodSync(closed, 0o700)
  assert.equal(canReach(inner, nobody), false)
  makePassable(closed)
  assert.equal(statSync(closed).mode & 0o777, 0o711)
  assert.equal(canReach(inner, nobody), true)
})
