/**
 * Who a process is. A pid alone may belong to another program by now, so it is always kept together with the moment its
 * process began. Works on Linux without any program, elsewhere through ps.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface Identity {
  readonly pid: number
  readonly began: string
}

const linux = existsSync('/proc/self/stat')

/** Undefined when there is no such process (a zombie counts as gone). */
export function identify(pid: number): Identity | undefined {
  const began = linux ? beganOnLinux(pid) : ps(pid, 'lstart=')
  return began === undefined ? undefined : { pid, began }
}

export function isAlive({ pid, began }: Identity): boolean {
  return identify(pid)?.began === began
}

/** Resident memory in bytes; a page that several processes share is dealt out among them where the system tells. */
export function memory(pids: readonly number[]): number {
  const sizes = pids.map((pid) => (linux ? proportionalSize(pid) : Number(ps(pid, 'rss=') ?? 0) * 1024))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The process and all its descendants, as far as they are still there. Linux only: elsewhere the process itself. */
export function family(pid: number): readonly number[] {
  if (identify(pid) === undefined) return []
  if (!linux) return [pid]
  const parents = new Map(processes().map((each) => [each, statFields(each)?.[1]] as const))
  const found = new Set([pid])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const [child, parent] of parents) if (found.has(Number(parent))) found.add(child)
  }
  return [...found]
}

function processes(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function beganOnLinux(pid: number): string | undefined {
  const fields = statFields(pid)
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${fields[19]}` // field 22 of stat(5): start time in ticks after boot
}

/** The fields of /proc/PID/stat after the program's name: state, parent, … */
function statFields(pid: number): readonly string[] | undefined {
  const text = readOrUndefined(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function proportionalSize(pid: number): number {
  const text = readOrUndefined(`/proc/${pid}/smaps_rollup`) ?? readOrUndefined(`/proc/${pid}/status`) ?? ''
  const match = /^(?:Pss|VmRSS):\s+(\d+) kB/m.exec(text)
  return Number(match?.[1] ?? 0) * 1024
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', column, '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
    return text.toString().trim() || undefined
  } catch {
    return undefined
  }
}
