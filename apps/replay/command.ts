/** Asks the stage, wherever it runs, and shows how far it is until it is done. The request stays when nobody watches. */
import { type CommandContext, type CommandDefinition, kafkaSettings } from '@attio-stream/service'
import {
  askForReplay,
  kafkaLog,
  openCodec,
  ReplayBoard,
  type ReplayStatus,
  replayStatus,
  sleep,
  takeBackReplay,
} from '@attio-stream/stream'
import { z } from 'zod'
import type { Task } from './arguments.ts'
import { progressLine, summary } from './progress.ts'

const settings = z.object(kafkaSettings)
const EVERY = 1_000
/** A stage that runs begins within this time, ms. */
const BEGINS_WITHIN = 10_000

export function replayCommand(task: Task): CommandDefinition<typeof settings> {
  return {
    name: 'replay',
    settings,
    async run({ KAFKA_BROKERS: brokers, CELL: prefix, SCHEMA_REGISTRY_URL: registryUrl }, context) {
      const onLog: NonNullable<Parameters<typeof kafkaLog>[0]['onLog']> = ({ level, message, fields }) =>
        context.logger[level](fields, message)
      const log = kafkaLog({ brokers, prefix, clientId: 'replay', onLog })
      try {
        const codec = await openCodec({ registryUrl })
        const { stage, topic } = task
        const partitions = await log.partitions(topic)
        const board = await ReplayBoard.open({ log, codec, stage, signal: context.signal })
        if (task.kind === 'take-back') {
          await takeBackReplay(log, stage)
          context.print(`${stage} is asked no longer. What it has written stays.`)
          return 0
        }
        if (task.kind === 'status') return told(task, replayStatus(board, partitions), context)
        const { workspace, dryRun, entries } = task
        const named = workspace === undefined ? {} : { workspace }
        const id = await askForReplay({ log, codec, board }, { stage, partitions, dryRun, entries, ...named })
        context.print(`Replay ${id}: ${stage} takes ${topic} once more${dryRun ? ' and writes nothing' : ''}.`)
        const mine = () => (board.request?.id === id ? replayStatus(board, partitions) : undefined)
        return await watched(task, mine, context)
      } finally {
        await log.close()
      }
    },
  }
}

function told({ stage }: Task, status: ReplayStatus | undefined, { print }: CommandContext): number {
  if (status === undefined) {
    print(`${stage} was never asked, or no longer is.`)
    return 0
  }
  print(`Replay ${status.id} of ${stage}: ${progressLine(status, { rate: 0 })}`)
  return status.done === status.partitions ? 0 : 1
}

async function watched(
  { stage }: Task,
  status: () => ReplayStatus | undefined,
  { print, signal }: CommandContext,
): Promise<number> {
  const began = performance.now()
  let last = { looked: 0, share: 0, at: began }
  let known = false
  let hinted = false
  for (;;) {
    const now = status()
    const at = performance.now()
    if (now?.done === now?.partitions && now !== undefined) {
      for (const line of summary(now, (at - began) / 1000)) print(line)
      return 0
    }
    if (known && now === undefined) throw new Error('It was taken back meanwhile, or somebody asked for another one.')
    known ||= now !== undefined
    if (now !== undefined && now.begun > 0 && at - last.at >= EVERY) {
      const seconds = (at - last.at) / 1000
      const speed = (now.share - last.share) / seconds
      const left = speed > 0 ? { left: (1 - now.share) / speed } : {}
      print(progressLine(now, { rate: (now.looked - last.looked) / seconds, ...left }))
      last = { looked: now.looked, share: now.share, at }
    }
    if ((now?.begun ?? 0) === 0 && at - began > BEGINS_WITHIN && !hinted) {
      print(
        `Nothing has begun: does ${stage} run here? It will begin when it does; Ctrl-C leaves the request standing.`,
      )
      hinted = true
    }
    await sleep(Math.min(EVERY, 200), signal).catch(() => {})
    if (signal.aborted) {
      print('It goes on without being watched: --status tells how far it is, --take-back ends it.')
      return 1
    }
  }
}
