/**
 * Burial outside a transaction, for what a process finds while it reads topics into tables: it does not own these messages,
 * so every process that cannot read one buries it, again after its disk was lost. The letters have the same id, and a
 * reader sees one (dead-letters.ts). Brokers that are away are waited for: nothing is passed over in silence.
 */
import type { TopicName } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import { DEAD_LETTERS, deadLetter, letterMessage } from './dead-letter.ts'
import { LogUnavailable, type Poison } from './errors.ts'
import type { Log, StoredMessage } from './log.ts'
import { retry } from './retry.ts'
import type { Clock, StageHooks } from './run-context.ts'

export type BuryOutside = (message: StoredMessage, why: Poison) => Promise<void>

export interface BuryOptions {
  readonly stage: string
  readonly log: Log
  readonly codec: Codec
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly hooks?: StageHooks
}

export function buryOutside({ stage, log, codec, clock, signal, hooks }: BuryOptions): BuryOutside {
  return async (message, why) => {
    const { reason, fault, workspace = null } = why
    const letter = deadLetter({ stage, reason, fault, workspace, buried: message, now: clock.now() })
    const value = codec.encode(DEAD_LETTERS, letter.value)
    const write = async () => log.produce([letterMessage(letter, value, await log.partitions(DEAD_LETTERS))])
    await retry(write, {
      signal,
      mayHeal: (error) => error instanceof LogUnavailable,
      onRetry: (error) => hooks?.trouble?.(message.partition, error),
      wait: (ms, stop) => clock.sleep(ms, stop),
    })
    hooks?.buried?.(message.topic as TopicName, fault)
  }
}
