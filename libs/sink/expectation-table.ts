/**
 * Expectations in a table on disk, for a comparison whose memory does not grow with the documents: SQLite keeps a few
 * megabytes of pages. The file is this process's own, holds no text of documents, and goes when the table is closed.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Expectations } from './compare.ts'
import type { Collecting, Expectation } from './expected.ts'

/** Rows read at once while going through those never seen. */
const PAGE = 1000
const CACHE_KIB = 4096

export class ExpectationTable implements Expectations, Collecting {
  readonly #file: string
  readonly #db: DatabaseSync
  readonly #set: StatementSync
  readonly #delete: StatementSync
  readonly #get: StatementSync
  readonly #see: StatementSync
  readonly #unseen: StatementSync

  /** Below this folder, which is made where it is missing. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true })
    removeOrphans(directory)
    this.#file = join(directory, `expected-${process.pid}-${randomUUID()}.sqlite`)
    this.#db = new DatabaseSync(this.#file)
    // Nothing of it has to survive this process.
    this.#db.exec(`pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive;
      pragma cache_size = -${CACHE_KIB};
      create table expected (id text primary key, workspace text, version integer, partition integer, hash text,
        prefix text, seen integer) without rowid; begin`)
    this.#set = this.#db.prepare('insert or replace into expected values (?, ?, ?, ?, ?, ?, 0)')
    this.#delete = this.#db.prepare('delete from expected where id = ?')
    this.#get = this.#db.prepare('select * from expected where id = ?')
    this.#see = this.#db.prepare('update expected set seen = 1 where id = ?')
    this.#unseen = this.#db.prepare('select * from expected where id > ? and seen = 0 order by id limit ?')
  }

  set(id: string, { workspace, version, partition, hash, prefix }: Expectation): void {
    this.#set.run(id, workspace, version, partition, hash, prefix)
  }

  delete(id: string): void {
    this.#delete.run(id)
  }

  get(id: string): Expectation | undefined {
    const row = this.#get.get(id)
    return row === undefined ? undefined : expectationOf(row)
  }

  see(id: string): void {
    this.#see.run(id)
  }

  *unseen(): Iterable<readonly [string, Expectation]> {
    for (let after = ''; ; ) {
      const rows = this.#unseen.all(after, PAGE)
      for (const row of rows) yield [String(row.id), expectationOf(row)]
      if (rows.length < PAGE) return
      after = String(rows.at(-1)?.id)
    }
  }

  /** How many should be alive, and how many dead. */
  count(): { readonly alive: number; readonly dead: number } {
    const row = this.#db.prepare(`select count(*) as n, count(nullif(hash, '')) as alive from expected`).get()
    const alive = Number(row?.alive)
    return { alive, dead: Number(row?.n) - alive }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
    rmSync(this.#file, { force: true })
  }
}

/** What killed processes left behind. */
function removeOrphans(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = Number(/^expected-(\d+)-/.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) rmSync(join(directory, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

type Row = Readonly<Record<string, unknown>>
const expectationOf = ({ workspace, version, partition, hash, prefix }: Row): Expectation => ({
  workspace: String(workspace),
  version: Number(version),
  partition: Number(partition),
  hash: String(hash),
  prefix: String(prefix),
})
