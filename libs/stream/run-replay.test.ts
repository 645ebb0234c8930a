/** A replay: an input taken once more behind the live one, in the middle of crashes and of live work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOPICS } from '@attio-stream/contracts'
import { until } from './log.given.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'
import { partitionOf } from './partition.ts'
import { REPLAYS, ReplayBoard } from './replay-board.ts'
import { askForReplay, type ReplayWish, replayStatus, takeBackReplay } from './replay-request.ts'
import { codec, freshDirectory, messages, send, shows, start, TOPIC_COUNTS } from './run.rig.ts'
import type { StageHooks } from './run-context.ts'
import { sampleRecord, sampleStage } from './sample-stage.ts'
import type { Output, Stage } from './stage.ts'

const PARTITIONS = 2
const VERSION = { version: '1' }
const newLog = () => memoryLog({ topics: { ...TOPIC_COUNTS, [REPLAYS]: 1 }, batch: 5 })
/** So that a slice holds few, and a crash falls between two. */
const slowly = () => {
  for (const until = performance.now() + 1; performance.now() < until; );
}

/** The sample with code of today: writes `mark` behind what it shows, and tells what it took again. */
function marking(mark: string, onRestep: (key: string) => void = () => {}): Stage {
  return {
    ...(sampleStage as unknown as Stage),
    replay: 'crm.records',
    task(tables) {
      const { records, shown } = tables as unknown as Parameters<typeof sampleStage.task>[0]
      const task = sampleStage.task(tables as never)
      const marked = (output: Output): Output | undefined => {
        if (output.topic !== 'crm.artifacts' || output.value === null) return output
        const hash = `${output.value.hash}${mark}`
        if (shown.get(output.key)?.header === hash) return undefined
        return { ...output, value: { ...output.value, body: `${output.value.body}${mark}` }, headers: { hash } }
      }
      const differing = (outputs: readonly Output[]) => outputs.map(marked).filter((output) => output !== undefined)
      return {
        ...task,
        drain: (max, now) => differing(task.drain?.(max, now) ?? []),
        restep(input, now) {
          onRestep(input.key)
          if (records.get(input.key)?.offset !== input.offset) return 'superseded'
          task.step(input, now)
          return differing(task.drain?.(1, now) ?? [])
        },
      }
    },
  }
}

async function ask(log: MemoryLog, wish: Partial<ReplayWish> = {}) {
  const board = await ReplayBoard.open({ log, codec, stage: 'sample', signal: new AbortController().signal })
  const id = await askForReplay({ log, codec, board }, { stage: 'sample', partitions: PARTITIONS, ...wish })
  await until(() => board.request?.id === id)
  const status = () => replayStatus(board, PARTITIONS) ?? assert.fail('nothing was asked for')
  return { status, done: () => until(() => status().done === PARTITIONS), close: () => board.close() }
}

/** Records shown with a full stop behind them, by code of version 1 whose tables are in the directory. */
async function filled(log: MemoryLog, count: number) {
  const directory = freshDirectory()
  const running = start(log, directory, VERSION, marking('.'))
  const keys = Array.from({ length: count }, (_, index) => `r${index}`)
  const produced = keys.map((key) => {
    const value = codec.encode('crm.records', sampleRecord('o', key))
    return { topic: 'crm.records', partition: partitionOf(TOPICS['crm.records'], key, PARTITIONS), key, value }
  })
  await log.produce(produced)
  const shown = Object.fromEntries(keys.map((key) => [key, `${key} of ?.`]))
  await shows(log, shown)
  await running.stop()
  return { shown, directory }
}
const loud = (shown: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(shown).map(([key, body]) => [key, body.replace('.', '!')]))

test('a stage that is asked takes everything once more, writes what differs, and says so', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 20)
  const taken: string[] = []
  const heard: (readonly [partition: number, done: boolean])[] = []
  const hooks: StageHooks = { replay: (partition, replay) => void heard.push([partition, replay.done]) }
  const running = start(
    log,
    directory,
    { ...VERSION, hooks },
    marking('!', (key) => taken.push(key)),
  )
  const { status, done, close } = await ask(log)
  await done()
  await until(() => heard.length === 2 * PARTITIONS)
  await shows(log, loud(shown))
  const { looked, differed, unreadable, share } = status()
  assert.deepEqual({ looked, differed, unreadable, share }, { looked: 20, differed: 20, unreadable: 0, share: 1 })
  assert.deepEqual(taken.sort(), Object.keys(shown).sort())
  const again = await ask(log)
  await again.done()
  assert.equal(taken.length, 40, 'what is done is no obstacle')
  assert.equal((await messages(log, 'crm.artifacts')).length, 40, 'the second time nothing differed')
  await Promise.all([close(), again.close(), running.stop()])
})

test('a dry run counts what differs and writes nothing of it', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 12)
  const running = start(log, directory, VERSION, marking('!'))
  const { status, done, close } = await ask(log, { dryRun: true })
  await done()
  assert.deepEqual([status().looked, status().differed], [12, 12])
  await shows(log, shown)
  await Promise.all([close(), running.stop()])
})

test('a process killed in the middle of a replay leaves the rest to its successor, its disk lost', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 600)
  let taken = 0
  const take = () => {
    taken++
    slowly()
  }
  const doomed = log.connect()
  start(doomed, directory, VERSION, marking('!', take))
  const { status, done, close } = await ask(log)
  await until(() => status().looked > 100)
  doomed.crash()
  assert.ok(taken < 500, `killed too late: ${taken}`)
  const successor = start(log, freshDirectory(), VERSION, marking('!', take))
  await done()
  await shows(log, loud(shown))
  assert.equal(status().looked, 600, 'each counted once')
  assert.ok(taken < 700, `${taken} taken: what was not committed, and no more, is taken twice`)
  await Promise.all([close(), successor.stop()])
})

test('live changes go before a replay, and it does not undo them', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 600)
  const running = start(log, directory, VERSION, marking('!', slowly))
  const { status, done, close } = await ask(log)
  await until(() => status().looked > 0)
  const key = 'r599'
  const partition = partitionOf(TOPICS['crm.records'], key, PARTITIONS)
  await send(log, 'crm.records', key, sampleRecord('o', 'edited'))
  await done()
  await shows(log, { ...loud(shown), [key]: 'edited of ?!' })
  const written = (await messages(log, 'crm.artifacts')).filter((message) => message.partition === partition)
  const edit = written.findIndex(({ value }) => value?.includes('edited'))
  assert.ok(edit < written.length - 100, 'the edit did not wait for the end of the replay')
  await Promise.all([close(), running.stop()])
})

test('a second request is refused with the name of the first, unless that is taken back', async () => {
  const log = newLog()
  const { directory } = await filled(log, 2)
  const first = await ask(log)
  await assert.rejects(ask(log), new RegExp(`Replay ${first.status().id} of sample is under way`))
  await takeBackReplay(log, 'sample')
  const second = await ask(log)
  const running = start(log, directory, VERSION, marking('!'))
  await second.done()
  await Promise.all([first.close(), second.close(), running.stop()])
})

test('only what belongs to the workspace is taken when one is named', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 2)
  const value = codec.encode('crm.records', sampleRecord('o', 'theirs'))
  await log.produce([{ topic: 'crm.records', partition: 0, key: 'x', value, headers: { workspace: 'w2' } }])
  const running = start(log, directory, VERSION, marking('!'))
  await shows(log, { ...shown, x: 'theirs of ?!' })
  const { status, done, close } = await ask(log, { workspace: 'w2' })
  await done()
  assert.equal(status().looked, 1)
  await shows(log, { ...shown, x: 'theirs of ?!' })
  await Promise.all([close(), running.stop()])
})

test('other code replays by itself behind live work, once, also after a crash in the middle', async () => {
  const log = newLog()
  const { shown, directory } = await filled(log, 600)
  let taken = 0
  const changed = marking('!', () => {
    taken++
    slowly()
  })
  const doomed = log.connect()
  start(doomed, directory, { version: '2' }, changed)
  await until(() => taken > 100)
  doomed.crash()
  assert.ok(taken < 500, `killed too late: ${taken}`)
  const second = start(log, directory, { version: '2' }, changed)
  await shows(log, loud(shown))
  assert.deepEqual(await messages(log, REPLAYS), [], 'nobody asked')
  await second.stop()
  // That all was taken is known a moment after the last of it is written.
  for (let nth = 0, before = -1; before !== taken; nth++) {
    assert.ok(nth < 5, 'it never ends')
    before = taken
    const running = start(log, directory, { version: '2' }, changed)
    await send(log, 'crm.records', 'r0', sampleRecord('o', `again ${nth}`))
    await shows(log, { ...loud(shown), r0: `again ${nth} of ?!` })
    await running.stop()
  }
})
