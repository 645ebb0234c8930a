/**
 * The servers' jars, fetched once by Maven from pom.xml into a cache. One folder per version of pom.xml; it gets its name only
 * when it is complete, and a lock keeps a second process waiting instead of downloading too.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { guarded } from './guard.ts'
import { tryLock } from './lock.ts'
import { StackError } from './server.ts'

export interface Jars {
  /** Folder of Kafka's jars. */
  readonly kafka: string
  /** Folder of quarkus-run.jar. */
  readonly registry: string
  /** OpenSearch's home, plugins in place. */
  readonly opensearch: string
}

const pom = join(import.meta.dirname, 'pom.xml')

/** Undefined when they have not been fetched yet. */
export function cachedJars(cache: string): Jars | undefined {
  const folder = join(cache, keyOf(readFileSync(pom)))
  return existsSync(folder) ? jarsIn(folder) : undefined
}

/** About 250 MB from the Maven repository the machine is set up for, when they are not in the cache. */
export async function fetchJars(options: {
  cache: string
  maven: string | undefined
  say: (line: string) => void
  signal: AbortSignal
}): Promise<Jars> {
  const { cache, maven, say, signal } = options
  const before = cachedJars(cache)
  if (before !== undefined) return before
  if (maven === undefined)
    throw new StackError('The servers have to be downloaded once and that takes Maven: install it.')
  let told = false
  for (;;) {
    const lock = tryLock(join(cache, 'lock'))
    if (lock !== undefined) {
      try {
        return cachedJars(cache) ?? (await download(cache, maven, say, signal))
      } finally {
        lock.release()
      }
    }
    if (!told) say('Another process is downloading the servers: waiting for it.')
    told = true
    await pause(250, undefined, { signal })
  }
}

async function download(cache: string, maven: string, say: (line: string) => void, signal: AbortSignal): Promise<Jars> {
  const folder = join(cache, keyOf(readFileSync(pom)))
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  say(`Downloading Kafka, the schema registry and OpenSearch (about 250 MB, once) into ${cache}`)
  const began = performance.now()
  await runMaven(maven, unfinished, say, signal)
  rmSync(join(unfinished, 'maven'), { recursive: true, force: true })
  renameSync(unfinished, folder)
  say(`Downloaded the servers in ${Math.round((performance.now() - began) / 1000)} s`)
  return jarsIn(folder)
}

async function runMaven(maven: string, into: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const args = ['--batch-mode', '--file', pom, `-Dstack.directory=${into}`, 'generate-resources']
  const child = guarded({ file: maven, args, stopSignal: 'SIGTERM', graceMs: 5_000, removeIfAbandoned: into }, 'pipe')
  const abort = () => child.kill('SIGTERM')
  signal.addEventListener('abort', abort)
  const tail: string[] = []
  let files = 0
  let current = 'the first file'
  const progress = setInterval(() => say(`  … ${files} files so far, now ${current}`), 3_000)
  const listen = (line: string) => {
    if (line.includes('Downloaded from')) files += 1
    current =
      /Downloading from [^:]+: \S*\/(\S+)/.exec(line)?.[1] ?? (line.includes('Expanding') ? 'unpacking' : current)
    if (line.includes('ERROR')) tail.push(line)
  }
  if (child.stdout !== null) createInterface(child.stdout).on('line', listen)
  if (child.stderr !== null) createInterface(child.stderr).on('line', listen)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number | string | null>()
    child.once('error', reject)
    child.once('close', (code, killer) => resolve(code ?? killer))
    const code = await promise
    signal.throwIfAborted()
    if (code !== 0) {
      throw new StackError(
        `Maven could not fetch the servers (it ended with ${code}): ${tail[0] ?? 'run it by hand on stack/pom.xml'}`,
      )
    }
  } finally {
    clearInterval(progress)
    signal.removeEventListener('abort', abort)
  }
}

function keyOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function jarsIn(folder: string): Jars {
  const version = /<opensearch\.version>(.+?)</.exec(readFileSync(pom, 'utf8'))?.[1]
  return {
    kafka: join(folder, 'kafka/lib'),
    registry: join(folder, 'registry'),
    opensearch: join(folder, `opensearch/opensearch-${version}`),
  }
}
