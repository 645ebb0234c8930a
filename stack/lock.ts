/**
 * A lock between processes, on a file. The operating system holds it (SQLite's file lock), so it is released however its
 * owner ends, and there is never a stale one to clear away.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

/** The lock, or undefined when another process holds it now. */
export function tryLock(file: string): Lock | undefined {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === 5) return undefined // SQLITE_BUSY
    throw error
  }
  return {
    release() {
      if (database.isOpen) database.close()
    },
  }
}
