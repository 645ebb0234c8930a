/** Rules about who may import whom (design: the tree). Each gives a sentence for every breach. */
import { importsOf, packageName } from './imports.ts'
import { isCode, isTest, type Package, packageOf, type Tree } from './tree.ts'

const SCOPE = '@attio-stream/'

/** A package imports from lower floors only. */
const FLOORS: readonly (readonly string[])[] = [
  ['contracts'],
  ['crm'],
  ['documents'],
  ['attio', 'stream', 'service'],
  ['stage', 'sink', 'embedder'],
  ['search'],
]
const APPS = FLOORS.length
const ABOVE = APPS + 1

function floorOf({ folder, name }: Package): number {
  if (folder.startsWith('apps/') || folder.startsWith('examples/')) return APPS
  if (folder === 'test') return ABOVE
  return FLOORS.findIndex((floor) => floor.includes(name.slice(SCOPE.length)))
}

interface Import {
  readonly path: string
  readonly from: Package
  readonly specifier: string
}

function imports(tree: Tree): readonly Import[] {
  return [...tree.files].flatMap(([path, text]) => {
    const from = packageOf(tree, path)
    if (from === undefined || !isCode(path)) return []
    return importsOf(text).map((specifier) => ({ path, from, specifier }))
  })
}

/** contracts ← crm, documents ← attio, stream, service ← stage, sink, embedder ← search ← apps; stack stands beside them, for tests; test on top. */
export function floors(tree: Tree): readonly string[] {
  return imports(tree).flatMap(({ path, from, specifier }) => {
    const to = tree.packages.find(({ name }) => name === packageName(specifier))
    if (to === undefined || to === from) return []
    if (to.folder === 'stack')
      return isTest(path) ? [] : [`${path} imports ${specifier}: only tests may start servers.`]
    if (to.folder === 'test' && isTest(path)) return []
    if (from.folder === 'stack') return [`${path} imports ${specifier}: stack/ knows nothing of the rest.`]
    if (floorOf(to) < 0 || floorOf(from) < 0) return [`${path} imports ${specifier}: it stands on no floor.`]
    return floorOf(to) < floorOf(from) ? [] : [`${path} imports ${specifier}, which is not on a lower floor.`]
  })
}

/** Packages reach each other by name through their doors; relative paths stay inside a package. */
export function doors(tree: Tree): readonly string[] {
  return imports(tree).flatMap(({ path, from, specifier }) => {
    if (specifier.startsWith('.')) {
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1)
      return target.startsWith(`${from.folder}/`) ? [] : [`${path} imports ${specifier}, outside its package.`]
    }
    const to = tree.packages.find(({ name }) => name === packageName(specifier))
    const open = to === undefined || to.doors.includes(specifier) || specifier.includes('$' + '{')
    return open ? [] : [`${path} imports ${specifier}, which ${to.name} does not export.`]
  })
}

/** A package lists what it imports, and imports what it lists. Tests may use development dependencies too. */
export function dependencies(tree: Tree): readonly string[] {
  return tree.packages.flatMap((from) => {
    const own = imports(tree).filter((one) => one.from === from)
    const used = new Map<string, string>()
    const breaches = own.flatMap(({ path, specifier }) => {
      const name = packageName(specifier)
      if (name === undefined || name === from.name || specifier.includes('$' + '{')) return []
      used.set(name, path)
      const allowed = isTest(path) ? [...from.dependencies, ...from.devDependencies, ...tree.shared] : from.dependencies
      return allowed.includes(name) ? [] : [`${path} imports ${name}, which ${from.folder}/package.json does not list.`]
    })
    const idle = [...from.dependencies, ...from.devDependencies].filter((name) => !used.has(name))
    return [
      ...breaches,
      ...idle.map((name) => `${from.folder}/package.json lists ${name}, which nothing there imports.`),
    ]
  })
}

/** Where apps are put together, by a name that is computed: what to host, and which stores to compare or ask. */
const COMPOSITION_ROOTS = [
  'apps/host/apps.ts',
  'apps/verify/stores.ts',
  'apps/dead-letters/stores.ts',
  'apps/trace/stores.ts',
  'apps/rebuild/stores.ts',
]

/** A computed import could reach anything, so only these have one. */
export function computedImports(tree: Tree): readonly string[] {
  return imports(tree).flatMap(({ path, specifier }) =>
    specifier.includes('$' + '{') && !COMPOSITION_ROOTS.includes(path) && !isTest(path)
      ? [`${path} imports a computed name: only ${COMPOSITION_ROOTS.join(' and ')} may.`]
      : [],
  )
}
