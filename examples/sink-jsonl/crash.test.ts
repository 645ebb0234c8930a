/** What is on disk after a kill, and what is refused when it is not what this sink wrote. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { givenDelete, givenPut } from '@attio-stream/sink/given'
import { JsonlSink } from './sink.ts'

const forever = new AbortController().signal
const FILE = 'w0.jsonl'

async function directoryOf(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sink-jsonl-crash-'))
  context.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}
const sinkIn = (directory: string) =>
  new JsonlSink({ SINK_JSONL_DIRECTORY: directory, SINK_JSONL_LONGEST_TEXT: 1_000_000 })

/** A writer in a process of its own, and the last version it was promised. */
function writer(directory: string, rounds: number) {
  const program = join(import.meta.dirname, 'fixtures/writer.ts')
  const child: ChildProcess = spawn(process.execPath, [program, directory, String(rounds)], { stdio: 'pipe' })
  let promised = -1
  let told = Promise.withResolvers<void>()
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    promised = Number(line)
    told.resolve()
    told = Promise.withResolvers()
  })
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  return {
    child,
    exited,
    promised: () => promised,
    async reaches(version: number) {
      while (promised < version) await Promise.race([told.promise, exited.then(() => assert.fail('it ended'))])
    },
  }
}

/** Some documents of one workspace, closed. */
async function written(directory: string, count: number): Promise<string> {
  const sink = sinkIn(directory)
  await sink.open()
  for (let version = 0; version < count; version++)
    await sink.write([givenPut({ id: `r${version}`, workspace: 'w0', version })], forever)
  await sink.close()
  return join(directory, FILE)
}

test('after a kill in the middle of writing everything promised is there, and writing goes on', async (context) => {
  const directory = await directoryOf(context)
  for (let life = 0; life < 3; life++) {
    const { child, exited, promised, reaches } = writer(directory, 100_000)
    await reaches(3 + life * 2)
    child.kill('SIGKILL')
    await exited
    const sink = sinkIn(directory)
    await sink.open()
    const held = await Array.fromAsync(sink.scan())
    assert.equal(held.length, 20)
    for (const { version, id, workspace } of held) {
      assert.ok(version >= promised(), `${id} is at ${version}, promised was ${promised()}`)
      assert.match((await sink.get(workspace, id))?.text ?? '', /lorem ipsum/)
    }
    await sink.close()
  }
})

test('a torn last line is dropped, and what comes next begins on a line of its own', async (context) => {
  const file = await written(await directoryOf(context), 3)
  const whole = await readFile(file)
  const lastLine = whole.subarray(0, -1).lastIndexOf(10) + 1
  for (const cut of [lastLine + 1, whole.length - 1]) {
    await writeFile(file, whole.subarray(0, cut))
    const sink = sinkIn(join(file, '..'))
    await sink.open()
    assert.deepEqual(
      (await Array.fromAsync(sink.scan())).map(({ id }) => id),
      ['r0', 'r1'],
    )
    await sink.write([givenPut({ id: 'r2', workspace: 'w0', version: 9 })], forever)
    assert.equal((await Array.fromAsync(sink.scan({ workspace: 'w0', id: 'r2' })))[0]?.version, 9)
    await sink.close()
    for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) JSON.parse(line)
  }
})

test('a hole in a batch nobody was promised is dropped with what stands behind it', async (context) => {
  const file = await written(await directoryOf(context), 2)
  await appendFile(
    file,
    '\0\0\0\0\n{"batch":3,"last":true,"kind":"put","id":"r9","version":1,"hash":"","document":null}\n',
  )
  const sink = sinkIn(join(file, '..'))
  await sink.open()
  assert.equal((await Array.fromAsync(sink.scan())).length, 2)
  await sink.close()
})

test('damage of what was promised is refused, with the place', async (context) => {
  const file = await written(await directoryOf(context), 3)
  const at = (await readFile(file)).indexOf('r0')
  const handle = await open(file, 'r+')
  await handle.write('\0\0\0\0\0', at)
  await handle.close()
  await assert.rejects(sinkIn(join(file, '..')).open(), /is damaged at byte \d+/)
})

test('a file of another format is refused', async (context) => {
  const directory = await directoryOf(context)
  await writeFile(join(directory, FILE), '{"title":"not ours"}\n')
  await assert.rejects(sinkIn(directory).open(), /does not begin with "attio-stream documents/)
  assert.equal(await readFile(join(directory, FILE), 'utf8'), '{"title":"not ours"}\n')
})

test('a directory that another process writes is refused, until that process is gone', async (context) => {
  const directory = await directoryOf(context)
  const { child, exited, reaches } = writer(directory, 100_000)
  await reaches(0)
  await assert.rejects(sinkIn(directory).open(), new RegExp(`is written by process ${child.pid}`))
  child.kill('SIGKILL')
  await exited
  const sink = sinkIn(directory)
  await sink.open()
  await sink.close()
})

test('superseded lines are dropped at the next start, and nothing else is', async (context) => {
  const directory = await directoryOf(context)
  const { exited } = writer(directory, 30)
  await exited
  const sink = sinkIn(directory)
  const file = join(directory, FILE)
  const before = (await stat(file)).size
  await sink.open()
  assert.ok((await stat(file)).size < before / 10, 'thirty versions of each became one')
  assert.equal((await sink.get('w0', 'r0'))?.record, 'r0')
  await sink.write([givenDelete({ id: 'r0', workspace: 'w0', version: 30 })], forever)
  await sink.close()
  const again = sinkIn(directory)
  await again.open()
  const held = await Array.fromAsync(again.scan())
  assert.deepEqual([held.length, held.filter(({ deleted }) => deleted).map(({ id }) => id)], [20, ['r0']])
  assert.ok(held.every(({ version, id }) => version === (id === 'r0' ? 30 : 29)))
  await again.close()
})
