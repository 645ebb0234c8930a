/**
 * Postgres refuses to run as root. When we are root it runs as another account, which must be able to reach its programs and
 * its data: this says which account that is, and whether it can reach a folder. We never widen a folder that is not ours.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Account } from './guard.ts'
import { StackError } from './server.ts'

/** Undefined when we are not root: then everything simply runs as us. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const uid = id('-u', name)
    const gid = id('-g', name)
    if (uid && gid) return { uid, gid }
  }
  throw new StackError(
    'Postgres does not run as root, and there is no account "postgres" or "nobody" here: add one, or set DATABASE_URL.',
  )
}

/** Can the account enter the folder and everything above it? */
export function canReach(folder: string, { uid, gid }: Account): boolean {
  const path = resolve(folder)
  const { mode, uid: owner, gid: group } = statSync(path)
  const allowed = owner === uid ? mode & 0o100 : group === gid ? mode & 0o010 : mode & 0o001
  const above = dirname(path)
  return allowed !== 0 && (above === path || canReach(above, { uid, gid }))
}

/** Makes a folder of ours that others may pass through but not list, however strict the umask is. */
export function makePassable(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const { mode, uid } = lstatSync(folder)
  if (uid === process.getuid?.()) chmodSync(folder, (mode & 0o777) | 0o011)
}

/** Makes a folder only for us in a place everybody may write to; refuses one that somebody else has put there. */
export function makeOwned(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new StackError(
      `${folder} belongs to somebody else: remove it, or move the project to a folder that other accounts can enter.`,
    )
  }
  chmodSync(folder, 0o711)
}

function id(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
  } catch {
    return undefined
  }
}
