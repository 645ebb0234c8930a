/**
 * A lock by name that one process at a time holds: Postgres frees it the moment the holder's connection ends, so nobody has
 * to wait for a killed process. A holder that loses its connection is told by `held` and goes on without it: the lock
 * keeps two from doing the same work, it is not what keeps the work right.
 */
import { Client } from 'pg'

export interface Lock {
  readonly held: () => boolean
  release(): Promise<void>
}

/** Undefined when another holds it. @throws when the database cannot be reached. */
export async function lock(databaseUrl: string, name: string): Promise<Lock | undefined> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'attio-stream lock',
  })
  let held = false
  const lost = () => {
    held = false
  }
  client.on('error', lost)
  client.on('end', lost)
  try {
    await client.connect()
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [name])
    held = rows[0]?.held === true
  } catch (cause) {
    await client.end().catch(() => undefined)
    throw new Error('The control database cannot be reached; look at DATABASE_URL and the server it names.', { cause })
  }
  const release = () => client.end().catch(() => undefined)
  if (held) return { held: () => held, release }
  await release()
  return undefined
}
