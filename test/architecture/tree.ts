/**
 * The source tree as a value: files by path, and the packages among them. Read from disk for the real check; made by hand
 * for the proofs that each rule can fail.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path from the root, with slashes → text. */
export type Files = ReadonlyMap<string, string>

export interface Package {
  readonly name: string
  /** Its folder, from the root. */
  readonly folder: string
  readonly doors: readonly string[]
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
}

export interface Tree {
  readonly files: Files
  readonly packages: readonly Package[]
  /** Development dependencies of the root: any test may use them. */
  readonly shared: readonly string[]
}

interface Manifest {
  readonly name?: string
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export function treeOf(files: Files): Tree {
  const packages: Package[] = []
  let shared: readonly string[] = []
  for (const [path, text] of files) {
    if (path !== 'package.json' && !path.endsWith('/package.json')) continue
    const manifest = JSON.parse(text) as Manifest
    const devDependencies = Object.keys(manifest.devDependencies ?? {})
    if (path === 'package.json') {
      shared = devDependencies
      continue
    }
    const name = manifest.name ?? path
    packages.push({
      name,
      folder: path.slice(0, -'/package.json'.length),
      doors: Object.keys(manifest.exports ?? {}).map((door) => name + door.slice(1)),
      dependencies: Object.keys(manifest.dependencies ?? {}),
      devDependencies,
    })
  }
  return { files, packages, shared }
}

/** Every file git tracks or would track. */
export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  return treeOf(new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])))
}

export function packageOf(tree: Tree, path: string): Package | undefined {
  return tree.packages.find(({ folder }) => path.startsWith(`${folder}/`))
}

export function isCode(path: string): boolean {
  return path.endsWith('.ts')
}

/** Tests, what only tests use, and everything under test/. */
export function isTest(path: string): boolean {
  return (
    path.startsWith('test/') ||
    /\.(test|bench|conformance|wire|e2e)\.ts$/.test(path) ||
    /(^|\/)(fixtures|testing)\//.test(path)
  )
}
