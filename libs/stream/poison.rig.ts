/** What the tests about poison share: rubbish in, letters out, a stage that cannot read some keys. */
import assert from 'node:assert/strict'
import { type DeadLetter, TOPICS } from '@attio-stream/contracts'
import { DEAD_LETTERS } from './dead-letter.ts'
import { Poison } from './errors.ts'
import type { MemoryLog } from './memory-log.ts'
import { partitionOf } from './partition.ts'
import { codec, messages } from './run.rig.ts'
import type { Stage } from './stage.ts'

export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await is()); await new Promise((resolve) => setTimeout(resolve, 2)))
    assert.ok(Date.now() < deadline, `in vain: ${is}`)
}
export const partition = (key: string): number => partitionOf(TOPICS['crm.records'], key, 2)
export const rubbish = (log: MemoryLog, key: string, value = Buffer.from('rubbish'), headers = {}) =>
  log.produce([{ topic: 'crm.records', partition: partition(key), key, value, headers }])
export const letters = async (log: MemoryLog): Promise<readonly DeadLetter[]> =>
  (await messages(log, DEAD_LETTERS)).map(({ value }) => codec.decode(DEAD_LETTERS, value as Buffer))
/** What code can read depends on `wrong`; reads the last minutes again when its disk is lost. */
export const reading = (wrong: (key: string) => boolean, seen: string[] = []): Stage => ({
  name: 'reading',
  from: ['crm.records'],
  tables: {},
  rereadMs: 60_000,
  task: () => ({
    step({ key }) {
      if (wrong(key)) throw new Poison('It makes no sense.', { workspace: 'w' })
      seen.push(key)
      return []
    },
  }),
})
export const done = async (log: MemoryLog, group = 'reading'): Promise<boolean> => {
  const [ends, committed] = [await log.ends('crm.records'), await log.committed(group, 'crm.records')]
  return ends.every((end, number) => end === 0 || committed[number] === end)
}
