/**
 * A server somebody else runs: asked once whether it answers, never stopped.
 */
import { health } from './health.ts'
import { type RunningServer, type ServerName, StackError, servers, withoutPassword } from './server.ts'

/** @throws StackError when it does not answer. */
export async function externalServer(name: ServerName, address: string): Promise<RunningServer> {
  const { title, addressVariable } = servers[name]
  try {
    await health[name](address)
  } catch (cause) {
    const complaint = cause instanceof Error ? cause.message : String(cause)
    throw new StackError(
      `${title} at ${withoutPassword(address)} does not answer (${complaint}): start it, or correct ${addressVariable}, or unset it to have one started here.`,
      { cause },
    )
  }
  const refuse = (): never => {
    throw new StackError(
      `${title} at ${withoutPassword(address)} is not ours (${addressVariable}): it is not stopped or restarted from here.`,
    )
  }
  return {
    name,
    provider: 'external',
    address,
    pid: undefined,
    async stop() {},
    kill: refuse,
    async restart() {
      refuse()
    },
  }
}
