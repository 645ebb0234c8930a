/** The rebuild command as a process that can be watched and killed, and what it leaves in the control database. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type pg from 'pg'

export interface Rebuilding {
  readonly child: ChildProcess
  readonly printed: () => string
  /** Its exit code; null when it was killed. */
  readonly ended: Promise<number | null>
}

export function beginRebuild(args: readonly string[], env: Readonly<Record<string, string>>): Rebuilding {
  const child = spawn(process.execPath, ['apps/rebuild/main.ts', ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: { LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      text += String(part)
    })
  return { child, printed: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

export interface GenerationRow {
  readonly number: number
  readonly state: string
  readonly done: number
  readonly total: number
  readonly reason: string
  /** From its beginning to caught up, from there to verified, ms. */
  readonly fill_ms: number | null
  readonly check_ms: number | null
  /** From verified to live, ms. */
  readonly switch_ms: number | null
}

export async function generationRows(pool: pg.Pool, sink: string): Promise<readonly GenerationRow[]> {
  const { rows } = await pool.query(
    `select number, state, done::int, total::int, reason,
       (extract(epoch from caught_up_at - created_at) * 1000)::float as fill_ms,
       (extract(epoch from verified_at - caught_up_at) * 1000)::float as check_ms,
       (extract(epoch from live_at - verified_at) * 1000)::float as switch_ms
     from control.generations where sink = $1 order by number`,
    [sink],
  )
  return rows
}
