/**
 * Ports: is one free, and which one to take. Free ports are chosen outside the range the system hands to outgoing
 * connections, so that a client which keeps reconnecting while its server restarts can never sit on the server's port.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { type ServerName, StackError, servers } from './server.ts'

const lowest = 20_000
const highest = 32_000 // Linux hands out 32768 and up, macOS 49152 and up
const handedOut = new Set<number>()

/** A port nobody listens on now, and that this process has not handed out before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (handedOut.has(port) || !(await isFree(port))) continue
    handedOut.add(port)
    return port
  }
  throw new StackError(`No free port between ${lowest} and ${highest} on 127.0.0.1: look at what listens there.`)
}

export async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  probe.once('error', () => resolve(false))
  probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  return promise
}

/** @throws StackError naming the setting to change. */
export async function assertFree(name: ServerName, port: number): Promise<void> {
  if (!(await isFree(port))) throw new StackError(portTaken(name, port))
}

export function portTaken(name: ServerName, port: number): string {
  const { title, portVariable, addressVariable } = servers[name]
  return (
    `Port ${port} is taken, so ${title} cannot start: stop the program that listens there, set ${portVariable} to a free port, ` +
    `or set ${addressVariable} if it is a ${title} you want to use.`
  )
}
