/** docs/adding-a-sink.md: a sink built from the page's own blocks, in a folder of its own, keeps every promise. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'examples/sink-jsonl')
/** Named in the page by a link: what the store's own accidents leave. */
const LINKED = ['README.md', 'crash.test.ts', 'fixtures']

const page = readFileSync(join(ROOT, 'docs/adding-a-sink.md'), 'utf8')
const blocks = new Map(
  [...page.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text] as const),
)

// Inside the project, so that packages are found by their names.
const root = join(ROOT, '.data')
mkdirSync(root, { recursive: true })
const folders = mkdtempSync(join(root, 'adding-a-sink-'))
after(() => rmSync(folders, { recursive: true, force: true }))

/** The page followed to the letter; `change` makes a mistake on the way. */
function build(name: string, change: (text: string, file: string) => string = (text) => text): string {
  const folder = join(folders, name)
  mkdirSync(folder)
  for (const [file, text] of blocks) writeFileSync(join(folder, file), change(text, file))
  return folder
}

function conformance(folder: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--test', '--test-reporter=tap', join(folder, 'conformance.test.ts')]
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  return { status, passed: Number(/^# pass (\d+)$/m.exec(stdout)?.[1]), stdout }
}

test('the page has every file of the example, as it is', () => {
  const files = readdirSync(EXAMPLE).filter((file) => !LINKED.includes(file) && file !== 'node_modules')
  assert.deepEqual([...blocks.keys()].sort(), files.sort())
  for (const [file, text] of blocks)
    assert.equal(
      text,
      readFileSync(join(EXAMPLE, file), 'utf8'),
      `${file} in docs/adding-a-sink.md is not the example's`,
    )
})

test('a sink built from the page passes the suite', () => {
  const { status, passed, stdout } = conformance(build('as-told'))
  assert.equal(status, 0, stdout)
  assert.ok(passed > 25, stdout)
})

test('a sink that forgets to compare versions does not', () => {
  const careless = build('careless', (text, file) =>
    file === 'sink.ts' ? text.replace('return version > held.version', 'return true || version > held.version') : text,
  )
  const { status, stdout } = conformance(careless)
  assert.equal(status, 1)
  assert.match(stdout, /not ok .* an older delete does nothing/)
})

test('every file the page links to is there', () => {
  for (const [, target = ''] of page.matchAll(/\]\((\.\.[^)]+)\)/g))
    assert.doesNotThrow(() => readdirSync(join(ROOT, 'docs', target, '..')).includes(target), target)
})
