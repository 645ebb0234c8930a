/** Waiting until a stage has worked off what is in a topic now; what comes later does not count. */
import { type Log, sleep } from '@attio-stream/stream'

export interface WorkedOffOptions {
  readonly log: Pick<Log, 'ends' | 'committed' | 'read'>
  readonly group: string
  readonly topic: string
  /** performance.now() at which waiting ends. */
  readonly deadline: number
  readonly signal: AbortSignal
  readonly every?: number
}

/** Behind the last message there may be this many markers of transactions; more, and there is more to do than to look. */
const FEW = 200

/** False when it had not by the deadline, or never committed anything and so does not run. @throws the signal's reason. */
export async function workedOff(options: WorkedOffOptions): Promise<boolean> {
  const { log, group, topic, deadline, signal, every = 500 } = options
  const ends = await log.ends(topic)
  for (;;) {
    const committed = await log.committed(group, topic)
    if (ends.every((end) => end === 0)) return true
    if (committed.every((offset) => offset < 0)) return false
    const open = ends.flatMap((end, partition) => {
      const at = Math.max(0, committed[partition] ?? 0)
      return at < end ? [{ partition, at, end }] : []
    })
    const many = open.some(({ at, end }) => end - at > FEW)
    if (open.length === 0 || (!many && !(await holds(log, topic, open, signal)))) return true
    if (performance.now() >= deadline) return false
    await sleep(every, signal)
  }
}

/** Whether there is a message between, and not only markers. */
async function holds(
  log: Pick<Log, 'read'>,
  topic: string,
  open: readonly { readonly partition: number; readonly at: number; readonly end: number }[],
  signal: AbortSignal,
): Promise<boolean> {
  let found = false
  const ends = new Map(open.map(({ partition, end }) => [partition, end]))
  const onMessages = (partition: number, messages: readonly { readonly offset: number }[]): void => {
    found ||= messages.some(({ offset }) => offset < (ends.get(partition) ?? 0))
  }
  await log.read({
    topic,
    from: new Map(open.map(({ partition, at }) => [partition, at])),
    until: 'end',
    onMessages,
    signal,
  }).done
  return found
}
