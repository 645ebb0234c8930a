/**
 * Who reads what: a balanced assignment that moves as little as possible. Co-partitioned: partitions of the same number of
 * all topics go to one member. Pure, the same for the Kafka and the memory adapter.
 */
import type { TopicPartition } from './log.ts'

export interface Candidate {
  readonly id: string
  /** What it read last, and in which generation of the group; of two that claim the same the later generation is right. */
  readonly owned: readonly TopicPartition[]
  readonly generation: number
}

export interface AssignOptions {
  readonly members: readonly Candidate[]
  /** Partition count by topic. */
  readonly topics: ReadonlyMap<string, number>
  readonly coPartitioned: boolean
}

/** Every partition to exactly one member; members differ by at most one unit (a partition, or one of each topic). */
export function assign({ members, topics, coPartitioned }: AssignOptions): Map<string, TopicPartition[]> {
  const units = unitsOf(topics, coPartitioned)
  const unitName = (of: TopicPartition) => (coPartitioned ? String(of.partition) : `${of.topic}/${of.partition}`)
  const order = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const holds = new Map<string, string[]>(order.map((member) => [member.id, []]))
  const floor = Math.floor(units.size / order.length)
  let extra = units.size % order.length

  const owner = new Map<string, string>()
  for (const member of [...order].sort((a, b) => a.generation - b.generation)) {
    for (const owned of member.owned) if (units.has(unitName(owned))) owner.set(unitName(owned), member.id)
  }
  const free: string[] = []
  for (const unit of units.keys()) {
    const held = holds.get(owner.get(unit) ?? '')
    if (held !== undefined && held.length < floor) held.push(unit)
    else if (held !== undefined && held.length === floor && extra > 0) {
      extra--
      held.push(unit)
    } else free.push(unit)
  }
  for (const unit of free) {
    const least = order.map(({ id }) => holds.get(id) ?? []).reduce((a, b) => (b.length < a.length ? b : a))
    least.push(unit)
  }
  return new Map([...holds].map(([id, held]) => [id, held.flatMap((unit) => units.get(unit) ?? [])]))
}

function unitsOf(topics: ReadonlyMap<string, number>, coPartitioned: boolean): Map<string, TopicPartition[]> {
  const units = new Map<string, TopicPartition[]>()
  const most = Math.max(0, ...topics.values())
  for (let partition = 0; partition < most; partition++) {
    for (const [topic, count] of [...topics].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (partition >= count) continue
      const name = coPartitioned ? String(partition) : `${topic}/${partition}`
      units.set(name, [...(units.get(name) ?? []), { topic, partition }])
    }
  }
  return units
}
