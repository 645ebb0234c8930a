/**
 * The architecture, checked: who imports whom, and what a file may not contain. Every rule is also shown to fail on a small
 * tree that breaks it, because a check that cannot fail checks nothing.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { computedImports, dependencies, doors, floors } from './architecture/floors.ts'
import { environment, exportsAndEnums, machines, names, promises, size, still } from './architecture/style.ts'
import { readTree, type Tree, treeOf } from './architecture/tree.ts'

const real = readTree(join(import.meta.dirname, '..'))

interface GivenPackage {
  readonly dependencies?: readonly string[]
  readonly devDependencies?: readonly string[]
}

/** A tree of these files and packages; a package's folder is its key. */
function given(files: Readonly<Record<string, string>>, packages: Readonly<Record<string, GivenPackage>> = {}): Tree {
  const versions = (list: readonly string[] = []) => Object.fromEntries(list.map((name) => [name, '0.1.0']))
  const manifests = Object.entries(packages).map(([folder, one]): [string, string] => [
    `${folder}/package.json`,
    JSON.stringify({
      name: `@attio-stream/${folder.split('/').at(-1)}`,
      exports: { '.': './index.ts' },
      dependencies: versions(one.dependencies),
      devDependencies: versions(one.devDependencies),
    }),
  ])
  const root: [string, string] = ['package.json', JSON.stringify({ devDependencies: { 'fast-check': '4' } })]
  return treeOf(new Map([root, ...manifests, ...Object.entries(files)]))
}

function rule(
  title: string,
  check: (tree: Tree) => readonly string[],
  broken: readonly Tree[],
  kept: readonly Tree[] = [],
) {
  test(title, () => {
    for (const [index, tree] of broken.entries())
      assert.notDeepEqual(check(tree), [], `the rule lets broken tree ${index} pass: it cannot fail`)
    for (const tree of kept) assert.deepEqual(check(tree), [])
    assert.deepEqual(check(real), [])
  })
}

const all = {
  'libs/contracts': {},
  'libs/crm': {},
  'libs/stream': {},
  'libs/service': {},
  'libs/sink': {},
  'apps/compact': {},
  'apps/enrich': {},
  'libs/elsewhere': {},
  stack: {},
  test: {},
}
const from = (name: string) => `import { x } from '@attio-stream/${name}'\n`

test('the tree that is checked is this project', () => {
  assert(real.files.has('test/architecture.test.ts'))
  assert(real.packages.length >= 20, `${real.packages.length} packages`)
})

rule(
  'packages import from lower floors only, apps never each other, and nothing but tests starts servers or imports tests',
  floors,
  [
    given({ 'libs/crm/a.ts': from('stream') }, all),
    given({ 'libs/stream/a.ts': from('service') }, all),
    given({ 'libs/service/a.ts': `export {\n  x,\n} from '@attio-stream/sink'\n` }, all),
    given({ 'apps/compact/a.ts': from('enrich') }, all),
    given({ 'apps/compact/a.test.ts': from('enrich') }, all),
    given({ 'apps/compact/a.ts': from('test') }, all),
    given({ 'apps/compact/a.ts': from('stack') }, all),
    given({ 'apps/compact/a.ts': `const { x } = await ${'import'}('@attio-stream/enrich')` }, all),
    given({ 'stack/a.ts': from('contracts') }, all),
    given({ 'libs/elsewhere/a.ts': from('contracts') }, all),
  ],
  [
    given(
      {
        'apps/compact/a.ts': from('sink'),
        'apps/compact/a.wire.test.ts': from('stack'),
        'test/e2e/a.ts': from('compact'),
      },
      all,
    ),
  ],
)

rule(
  'packages are entered by the doors they name, and left by no relative path',
  doors,
  [
    given({ 'libs/crm/a.ts': from('contracts/topics.ts') }, all),
    given({ 'libs/crm/a.ts': `import { x } from '../contracts/index.ts'\n` }, all),
    given({ 'apps/compact/deep/a.ts': `import '../../../test/support/until.ts'\n` }, all),
  ],
  [given({ 'libs/crm/deep/a.ts': `${from('contracts')}import { y } from '../b.ts'\n` }, all)],
)

rule(
  'a package lists what it imports and imports what it lists',
  dependencies,
  [
    given({ 'libs/crm/a.ts': `import { z } from 'zod'\n` }, { 'libs/crm': {} }),
    given({ 'libs/crm/a.ts': `import { z } from 'zod'\n` }, { 'libs/crm': { devDependencies: ['zod'] } }),
    given({ 'libs/crm/a.ts': `import fc from 'fast-check'\n` }, { 'libs/crm': {} }),
    given({ 'libs/crm/a.ts': '' }, { 'libs/crm': { dependencies: ['zod'] } }),
    given({ 'libs/crm/a.test.ts': '' }, { 'libs/crm': { devDependencies: ['zod'] } }),
  ],
  [
    given(
      {
        'libs/crm/a.ts': `import { z } from 'zod/v4'\n`,
        'libs/crm/a.test.ts': `import fc from 'fast-check'\nimport 'pg'\n`,
      },
      { 'libs/crm': { dependencies: ['zod'], devDependencies: ['pg'] } },
    ),
  ],
)

const computed = `const app = await import(\`@attio-stream/$\{name}\`)`
rule(
  'only a composition root imports by a computed name',
  computedImports,
  [given({ 'apps/compact/a.ts': computed }, all)],
  [given({ 'apps/host/apps.ts': computed }, { 'apps/host': {} })],
)

rule(
  'there is no export *, no default export, no enum, no namespace',
  exportsAndEnums,
  ["export * from './b.ts'", 'export default 1', 'enum A { B }', 'export const enum A { B }', 'namespace A {}'].map(
    (line) => given({ 'libs/crm/a.ts': `/** A. */\n${line}\n` }),
  ),
  [given({ 'libs/crm/a.ts': "/**\nexport default 1\n*/\nexport { b } from './b.ts'\n" })],
)

rule(
  'the core has no clock, no chance, no waiting and nothing of Node',
  still,
  [
    "import { join } from 'node:path'",
    'const now = Date.now()',
    'const now = new Date()',
    'Math.random()',
    'await x',
    'async () => 1',
    'process.cwd()',
  ].map((line) => given({ 'libs/documents/a.ts': `${line}\n` })),
  [
    given({
      'libs/crm/a.ts': '// await\nconst at = new Date(ms)\n',
      'libs/crm/a.test.ts': 'await 1',
      'libs/stream/a.ts': 'await 1',
    }),
  ],
)

rule(
  'only main.ts reads process.env',
  environment,
  [
    given({ 'apps/compact/config.ts': 'const env = process.env\n' }),
    given({ 'libs/sink/domain.ts': 'process.env.X\n' }),
  ],
  [
    given({
      'apps/compact/main.ts': 'process.env.X',
      'apps/compact/a.test.ts': 'process.env.X',
      'test/e2e/a.ts': 'process.env.X',
    }),
  ],
)

rule(
  'no file or folder has a name that says nothing',
  names,
  ['libs/crm/utils.ts', 'libs/crm/common/a.ts', 'apps/compact/types.ts', 'test/helpers.test.ts'].map((path) =>
    given({ [path]: '' }),
  ),
  [given({ 'libs/crm/value-types.ts': '' })],
)

const long = 'x\n'.repeat(301)
rule(
  'no written file is longer than 300 lines',
  size,
  [
    given({ 'libs/crm/a.ts': long }),
    given({ 'README.md': long }),
    given({ Makefile: long }),
    given({ 'docs/a.md': `\`\`\`ts\n${long}\`\`\`\n` }),
  ],
  [
    given({ 'libs/crm/a.ts': 'x\n'.repeat(300), 'libs/contracts/generated.ts': long, 'package-lock.json': long }),
    given({ 'docs/page.md': `Whole:\n\n\`\`\`ts a.ts\n${long}\`\`\`\n` }),
  ],
)

rule(
  'no file holds a path of one machine or the host of a package registry',
  machines,
  [
    given({ 'README.md': `see ${['', 'work', 'main'].join('/')}` }),
    given({ 'libs/crm/a.ts': `const home = '${['', 'home', 'me'].join('/')}'` }),
    given({ 'package-lock.json': `"https://${['registry', 'npmjs', 'org'].join('.')}/zod"` }),
  ],
  [given({ 'README.md': 'https://example.com/work/x and ./work/y and libs/root/z' })],
)

rule(
  'every file of code begins with its promise',
  promises,
  [given({ 'libs/crm/a.ts': 'export const a = 1\n' })],
  [given({ 'libs/crm/a.ts': '/** A. */\nexport const a = 1\n', 'libs/crm/a.test.ts': '' })],
)
