/**
 * One input of a task: the input tables show it, it is stepped, and what follows goes into the batch, all of it or nothing.
 * An input that can never succeed is buried (R12).
 */
import type { TopicName } from '@attio-stream/contracts'
import type { Batch } from './batch.ts'
import { Poison } from './errors.ts'
import { inputOf } from './input.ts'
import type { StoredMessage } from './log.ts'
import type { RunContext } from './run-context.ts'
import type { Task } from './stage.ts'
import { MAX_KEY_BYTES } from './table.ts'
import type { Tenure } from './tenure.ts'

export interface StepOptions {
  readonly context: RunContext
  readonly tenure: Tenure
  readonly task: Task
  readonly batch: Batch
}

export function step(message: StoredMessage, { context, tenure, task, batch }: StepOptions): void {
  const { codec, clock } = context
  const input = inputOf(message, codec)
  const topic = message.topic as TopicName
  const fresh = tenure.isNew(topic, message.offset)
  if (fresh) batch.seen++
  try {
    if (Buffer.byteLength(message.key) > MAX_KEY_BYTES) throw new Poison('The key is too long.')
    for (const table of tenure.tables('input')) {
      if (table.spec.topic !== topic || !fresh) continue
      // Bytes that no table could show must not get into one.
      if (table.spec.keepHeader === undefined) void input.value
      if (!tenure.holds(topic, message.offset)) table.put(message)
    }
    batch.emit(task.step(input, clock.now()))
  } catch (error) {
    if (!(error instanceof Poison)) throw error
    // Below the committed offset it is only read again, for what else it says: it was buried when it was committed.
    if (!fresh) return
    const { reason, fault, workspace = null } = error
    batch.bury(topic, { reason, fault, workspace, buried: message, now: clock.now() })
  }
}
