/** What node:fs does not do alone: lines with their places, names that outlive a power failure, one writer per directory. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StoreError } from '@attio-stream/sink'

export const openForBoth = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDWR | constants.O_CREAT, 0o644)

export interface FoundLine {
  /** Without its line break. */
  readonly bytes: Buffer
  readonly at: number
  /** It has its line break. */
  readonly whole: boolean
}

export async function* linesOf(file: FileHandle, chunk = 1024 * 1024): AsyncIterable<FoundLine> {
  let rest = Buffer.alloc(0)
  let at = 0
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunk), 0, chunk, at + rest.length)
    if (bytesRead === 0) break
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let from = 0
    for (let to = rest.indexOf(10); to >= 0; to = rest.indexOf(10, from)) {
      yield { bytes: rest.subarray(from, to), at: at + from, whole: true }
      from = to + 1
    }
    rest = rest.subarray(from)
    at += from
  }
  if (rest.length > 0) yield { bytes: rest, at, whole: false }
}

/** A file's name is durable only when its directory is. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Makes the directory and keeps others from writing it. Gives how to let it go.
 * @throws StoreError while a living process has it: whoever was killed just now may not be gone yet.
 */
export async function own(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  await syncDirectory(dirname(directory))
  const path = join(directory, 'writer.pid')
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const other = Number(await readFile(path, 'utf8'))
    if (other !== process.pid && isAlive(other))
      throw new StoreError(`${directory} is written by process ${other}: stop it, or give this one another directory.`)
    await writeFile(path, String(process.pid))
  }
  return () => rm(path, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
