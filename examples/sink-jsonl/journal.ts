/**
 * One file: lines are only ever added, and the last one of a record counts. What `append` has added is on disk when it
 * resolves, and the index changes only then. Opening drops a torn end and what is superseded, and refuses a damaged file.
 */
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Write } from '@attio-stream/sink'
import { decode, type Entry, encode, HEAD, type Line, lineOf } from './entry.ts'
import { linesOf, openForBoth, syncDirectory } from './files.ts'

/** Superseded lines are dropped when they outweigh the others, and weigh something. */
const WORTH_COMPACTING = 1024 * 1024

export class Journal {
  /** By record id: documents, and marks of the dead. */
  readonly entries = new Map<string, Entry>()
  readonly #file: FileHandle
  /** Everything before is on disk and whole. */
  #end = 0
  /** Bytes of lines that count. */
  #live = 0
  #batch = 0
  /** An append failed: there may be bytes behind `#end`. */
  #untidy = false

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(path: string): Promise<Journal> {
    const journal = await Journal.#loaded(path)
    if (journal.#end - journal.#live <= Math.max(journal.#live, WORTH_COMPACTING)) return journal
    await journal.#copyTo(`${path}.new`)
    await journal.close()
    await rename(`${path}.new`, path)
    await syncDirectory(dirname(path))
    return await Journal.#loaded(path)
  }

  static async #loaded(path: string): Promise<Journal> {
    const journal = new Journal(await openForBoth(path))
    await journal.#load(path)
    if (journal.#end === 0) await journal.#add(encode(HEAD))
    await syncDirectory(dirname(path))
    return journal
  }

  /** @throws when the disk fails: then nothing of the call counts. */
  async append(writes: readonly Write[]): Promise<void> {
    const batch = this.#batch + 1
    const lines = writes.map((write, index) => lineOf(write, batch, index === writes.length - 1))
    const encoded = lines.map(encode)
    let at = await this.#add(Buffer.concat(encoded))
    this.#batch = batch
    for (const [index, line] of lines.entries()) {
      const length = encoded[index]?.length ?? 0
      this.#apply(line, at, length)
      at += length
    }
  }

  /** The line, as it stands in the file. */
  async read({ at, length }: Entry): Promise<Line | undefined> {
    return decode(await this.#bytes(at, length))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** Where the bytes begin, once they are on disk. */
  async #add(bytes: Buffer): Promise<number> {
    const at = this.#end
    if (this.#untidy) await this.#file.truncate(at)
    this.#untidy = true
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at + done)
      done += bytesWritten
    }
    await this.#file.datasync()
    this.#untidy = false
    this.#end += bytes.length
    return at
  }

  #apply({ id, kind, version, hash }: Line, at: number, length: number): void {
    this.#live -= this.entries.get(id)?.length ?? 0
    if (kind === 'forget') this.entries.delete(id)
    else {
      this.entries.set(id, { version, hash, deleted: kind === 'delete', at, length })
      this.#live += length
    }
  }

  async #load(path: string): Promise<void> {
    const { size } = await this.#file.stat()
    let closed = true
    let torn: number | undefined
    for await (const { bytes, at, whole } of linesOf(this.#file)) {
      const line = whole ? decode(bytes) : undefined
      if (at === 0 && whole && line?.id !== HEAD.id) throw new Error(`${path} does not begin with "${HEAD.id}".`)
      // The batch a torn line is of. If a later one was begun, this one was promised.
      if (line === undefined) torn ??= closed ? this.#batch + 1 : this.#batch
      else if (torn === undefined) {
        const length = bytes.length + 1
        if (line.kind !== 'head') this.#apply(line, at, length)
        this.#batch = line.batch
        this.#end = at + length
        closed = line.last
      } else if (line.batch > torn)
        throw new Error(`${path} is damaged at byte ${this.#end}: put a copy back, or begin again without it.`)
    }
    this.#untidy = this.#end < size
  }

  /** What counts, alone in a file of its own. */
  async #copyTo(path: string): Promise<void> {
    const file = await open(path, 'w')
    try {
      await file.writeFile(encode(HEAD))
      for (const { at, length } of this.entries.values()) await file.writeFile(await this.#bytes(at, length))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #bytes(at: number, length: number): Promise<Buffer> {
    const { buffer } = await this.#file.read(Buffer.alloc(length), 0, length, at)
    return buffer
  }
}
