/** What processes of this machine use, read from /proc (Linux only): resident memory and processor time. */
import { readFileSync } from 'node:fs'

export interface Usage {
  readonly residentBytes: number
  /** Of that, pages of files (tables, programs), which the system takes back when it needs them. */
  readonly mappedBytes: number
  /** User and system time since the process began, ms. */
  readonly cpuMs: number
}

const TICK_MS = 10

export function usageOf(pids: readonly number[]): Usage {
  let residentBytes = 0
  let mappedBytes = 0
  let cpuMs = 0
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    residentBytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    mappedBytes += Number(/^RssFile:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }
  return { residentBytes, mappedBytes, cpuMs }
}

/** Samples until stopped and gives the moment at which most was resident. */
export function watchMemory(pids: () => readonly number[], everyMs = 250): { stop(): Usage } {
  let most = usageOf([])
  const timer = setInterval(() => {
    const now = usageOf(pids())
    if (now.residentBytes > most.residentBytes) most = now
  }, everyMs)
  return {
    stop() {
      clearInterval(timer)
      return most
    },
  }
}

export function memoryOf({ residentBytes, mappedBytes }: Usage): string {
  return `${megabytes(residentBytes)}, of it ${megabytes(mappedBytes)} pages of files`
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}
