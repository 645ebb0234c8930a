import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { family, identify, isAlive, memory } from './pid.ts'

test('a process is the one that was written down only if it began at the same moment', () => {
  const me = identify(process.pid)
  assert.ok(me !== undefined)
  assert.ok(isAlive(me))
  assert.equal(isAlive({ ...me, began: 'another time' }), false)
})

test('a process that has ended is gone', async () => {
  const child = spawn('sleep', ['600'])
  const identity = identify(child.pid as number)
  assert.ok(identity !== undefined && isAlive(identity))
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(isAlive(identity), false)
  assert.equal(identify(identity.pid), undefined)
})

test('memory is that of all processes named, in bytes', async () => {
  const child = spawn('sleep', ['600'])
  const pids = family(process.pid)
  if (process.platform === 'linux') assert.ok(pids.includes(child.pid as number))
  assert.ok(pids.includes(process.pid))
  assert.ok(memory([process.pid]) > 10_000_000)
  child.kill()
  await once(child, 'exit')
})
