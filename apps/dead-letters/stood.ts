/** Where letters' messages stood, of those that were messages. */
import type { TopicName } from '@attio-stream/contracts'
import type { Stood } from './latest.ts'

export interface Located {
  readonly topic: string | null
  readonly partition: number | null
  readonly offset: number | null
  readonly key: string | null
}

export function stoodIn(letters: readonly Located[], wanted: (topic: string) => boolean): readonly Stood[] {
  return letters.flatMap(({ topic, partition, offset, key }) =>
    topic === null || partition === null || offset === null || key === null || !wanted(topic)
      ? []
      : [{ topic: topic as TopicName, partition, offset, key }],
  )
}
