/**
 * Which Java to use: JAVA_HOME if it is new enough, otherwise the newest of the JVM folders and the `java` on the path.
 * The choice is a function of a listing; looking at the machine is separate, so that the choice can be tested anywhere.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export const oldestJava = 21

export interface FoundJava {
  readonly home: string
  /** The feature release: 25 for 25.0.1, 8 for 1.8.0_392. */
  readonly release: number
  readonly from: 'JAVA_HOME' | 'folder' | 'path'
}

export function chooseJava(found: readonly FoundJava[]): FoundJava | undefined {
  const enough = found.filter(({ release }) => release >= oldestJava)
  const asked = enough.find(({ from }) => from === 'JAVA_HOME')
  return asked ?? enough.toSorted((one, other) => other.release - one.release)[0]
}

/** What a person should read when no Java was good enough. */
export function describeJava(found: readonly FoundJava[]): string {
  if (found.length === 0) return 'no Java'
  const seen = new Map(found.map(({ home, release }) => [home, `Java ${release} in ${home}`]))
  return [...seen.values()].join(' and ')
}

/** `17.0.15` → 17, `1.8.0_392` → 8, `25-ea` → 25. */
export function featureRelease(version: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version)
  return match === null ? undefined : Number(match[1])
}

export function findJava(env: Readonly<Record<string, string | undefined>>): readonly FoundJava[] {
  const { JAVA_HOME, PATH = '' } = env
  const onPath = program('java', PATH)
  const places: { home: string; from: FoundJava['from'] }[] = [
    ...(JAVA_HOME ? [{ home: JAVA_HOME, from: 'JAVA_HOME' as const }] : []),
    ...jvmFolders().map((home) => ({ home, from: 'folder' as const })),
    ...(onPath === undefined ? [] : [{ home: join(realpathSync(onPath), '../..'), from: 'path' as const }]),
  ]
  return places.flatMap(({ home, from }) => {
    const release = releaseOf(home)
    return release === undefined ? [] : [{ home, from, release }]
  })
}

/** The full path of a program, or undefined. */
export function program(name: string, path: string): string | undefined {
  const places = path.split(delimiter).filter((folder) => folder !== '')
  return places.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/** Where Linux distributions, macOS and SDKMAN keep their JVMs. */
function jvmFolders(): readonly string[] {
  const children = (folder: string, below = '') =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, below)) : []
  return [
    ...children('/usr/lib/jvm'),
    ...children('/usr/lib64/jvm'),
    ...children('/Library/Java/JavaVirtualMachines', 'Contents/Home'),
    ...children(join(homedir(), '.sdkman/candidates/java')),
  ]
}

function releaseOf(home: string): number | undefined {
  const java = join(home, 'bin/java')
  if (!existsSync(java)) return undefined
  const note = join(home, 'release')
  const written = existsSync(note) ? /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(note, 'utf8'))?.[1] : undefined
  return featureRelease(written ?? ask(java) ?? '')
}

function ask(java: string): string | undefined {
  // Java writes its version to standard error; macOS has a stub here that only says where to get Java.
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 10_000 })
  return /version "([^"]+)"/.exec(stderr)?.[1]
}
