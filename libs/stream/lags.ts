/** How far the tasks of a process are behind the ends of their input topics. */
import type { TopicName } from '@attio-stream/contracts'
import type { Log } from './log.ts'

/** Messages not processed yet, by partition number. */
export async function lagsOf(
  log: Pick<Log, 'ends'>,
  topics: readonly TopicName[],
  tasks: ReadonlyMap<number, { position(topic: TopicName): number | undefined }>,
): Promise<ReadonlyMap<number, number>> {
  const lags = new Map<number, number>()
  for (const topic of topics) {
    const ends = await log.ends(topic)
    for (const [number, task] of tasks) {
      const position = task.position(topic)
      const behind = position === undefined ? 0 : Math.max(0, (ends[number] ?? 0) - position)
      lags.set(number, (lags.get(number) ?? 0) + behind)
    }
  }
  return lags
}
