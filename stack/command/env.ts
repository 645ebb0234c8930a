/**
 * Prints the addresses as KEY=value lines, for `eval` and for other programs. It is meant to be complete, so passwords are in it.
 */
import type { Config } from '../config.ts'
import { StackError, servers } from '../server.ts'
import { presentServers } from './addresses.ts'

export function printAddresses(config: Config): void {
  const present = presentServers(config)
  if (present.length === 0) throw new StackError('No server is running: start them with up.')
  for (const { name, address } of present) console.log(`${servers[name].addressVariable}=${address}`)
}
