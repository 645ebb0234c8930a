/**
 * Being a member of a consumer group: joining, the co-partitioned sticky assignment, heartbeats on their own clock (never
 * held up by a handler), leaving. What to do with the partitions is kafka-member.ts's job.
 */
import protocol from 'kafkajs/src/consumer/assignerProtocol.js'
import { type AssignOptions, assign } from './assign.ts'
import type { JoinedGroup, KafkaBroker } from './kafka-broker.ts'
import { errorType, isFatal, type KafkaCluster, partitionsOf, refresh } from './kafka-client.ts'
import type { TopicPartition, TopicPartitionOffset } from './log.ts'
import { backoffMs, sleep } from './retry.ts'

export interface MembershipOptions {
  readonly cluster: KafkaCluster
  readonly group: string
  readonly topics: readonly string[]
  readonly coPartitioned: boolean
  readonly sessionTimeoutMs: number
  /** Member ids of an earlier, dead process in this place: the brokers are told to forget them. */
  readonly previous: readonly string[]
  readonly onMemberId: (id: string) => void
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void
  /** The brokers gave up on this member: its partitions may have other owners already. */
  readonly onLost: () => void
  readonly onTrouble: (message: string, error: unknown) => void
}
const { MemberMetadata, MemberAssignment } = protocol
const PROTOCOL = { coPartitioned: 'attio-stream-co-partitioned', single: 'attio-stream-sticky' }

export class Membership {
  readonly #options: MembershipOptions
  readonly #leaving = new AbortController()
  #coordinator: number | undefined
  #memberId = ''
  #generation = -1
  #owned: readonly TopicPartition[] = []
  #ownedGeneration = -1
  #stable = Promise.withResolvers<void>()

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** Runs until `leave`; throws only what no retry can mend. */
  async run(): Promise<void> {
    const { signal } = this.#leaving
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#prepare()
        await this.#joinAndSync()
        failures = 0
        await this.#beat()
      } catch (error) {
        if (signal.aborted) return
        if (isFatal(error)) throw error
        await this.#recover(error, failures++)
      }
    }
  }

  /** Commits for this generation; waits while the group rebalances. */
  async commit(offsets: readonly TopicPartitionOffset[], owns: (of: TopicPartition) => boolean): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const alien = offsets.find((offset) => !owns(offset))
      if (alien !== undefined) {
        throw new Error(`Partition ${alien.partition} of ${alien.topic} is no longer read by this member.`)
      }
      try {
        await Promise.race([this.#stable.promise, sleep(this.#options.sessionTimeoutMs, this.#leaving.signal)])
        const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, some]) => ({
          topic,
          partitions: some.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
        }))
        await (await this.#findCoordinator()).offsetCommit({
          groupId: this.#options.group,
          groupGenerationId: this.#generation,
          memberId: this.#memberId,
          topics,
        })
        return
      } catch (error) {
        if (isFatal(error) || this.#leaving.signal.aborted || attempt >= 20) throw error
        if (!REJOIN.has(errorType(error))) {
          this.#coordinator = undefined
          await refresh(this.#options.cluster, error)
        }
        await sleep(backoffMs(attempt, { firstMs: 20, maxMs: 1_000 }), this.#leaving.signal)
      }
    }
  }

  /** Stops without a word: the brokers find out when the session times out. */
  sever(): void {
    this.#leaving.abort(new Error('severed'))
  }

  /** Tells the brokers at once, so that others need not wait for the session to time out. */
  async leave(): Promise<void> {
    this.#leaving.abort(new Error('left the group'))
    if (this.#memberId === '') return
    try {
      const broker = await this.#findCoordinator()
      await broker.leaveGroup({ groupId: this.#options.group, memberId: this.#memberId })
    } catch (error) {
      this.#options.onTrouble('leaving the group failed', error)
    }
  }

  async #prepare(): Promise<void> {
    const { cluster, topics, group, previous } = this.#options
    await cluster.connect()
    await cluster.addMultipleTargetTopics(topics)
    const broker = await this.#findCoordinator()
    if (this.#memberId !== '') return
    for (const memberId of previous) await broker.leaveGroup({ groupId: group, memberId }).catch(() => {})
  }

  async #findCoordinator(): Promise<KafkaBroker> {
    const { cluster, group } = this.#options
    if (this.#coordinator === undefined) {
      this.#coordinator = (await cluster.findGroupCoordinator({ groupId: group })).nodeId
    }
    return cluster.findBroker({ nodeId: this.#coordinator })
  }

  async #joinAndSync(): Promise<void> {
    const { group, topics, coPartitioned, sessionTimeoutMs, onMemberId, onAssigned } = this.#options
    const broker = await this.#findCoordinator()
    const claim = { generation: this.#ownedGeneration, owned: this.#owned }
    const userData = Buffer.from(JSON.stringify(claim))
    const joined = await broker.joinGroup({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      memberId: this.#memberId,
      groupProtocols: [
        {
          name: coPartitioned ? PROTOCOL.coPartitioned : PROTOCOL.single,
          metadata: MemberMetadata.encode({ version: 1, topics: [...topics], userData }),
        },
      ],
    })
    if (joined.memberId !== this.#memberId) onMemberId(joined.memberId)
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const { memberAssignment } = await broker.syncGroup({
      groupId: group,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: joined.leaderId === joined.memberId ? await this.#assign(joined) : [],
    })
    const assignment = MemberAssignment.decode(memberAssignment)?.assignment ?? {}
    this.#owned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    this.#ownedGeneration = joined.generationId
    this.#stable.resolve()
    if (!this.#leaving.signal.aborted) onAssigned(this.#owned)
  }

  async #assign({ members }: JoinedGroup): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const { cluster, topics, coPartitioned } = this.#options
    await cluster.refreshMetadata()
    const counts = new Map(topics.map((topic) => [topic, partitionsOf(cluster, topic).length]))
    const candidates = members.map(({ memberId, memberMetadata }) => ({ id: memberId, ...claimOf(memberMetadata) }))
    const assignment = assign({ members: candidates, topics: counts, coPartitioned })
    return [...assignment].map(([memberId, partitions]) => {
      const byTopic = Object.fromEntries(
        [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, some]) => [
          topic,
          some.map((p) => p.partition),
        ]),
      )
      return { memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment: byTopic }) }
    })
  }

  /** Returns when the group rebalances; throws when this member is no longer known. */
  async #beat(): Promise<void> {
    const { group, sessionTimeoutMs, cluster } = this.#options
    const { signal } = this.#leaving
    const interval = Math.min(1_000, sessionTimeoutMs / 4)
    let heard = Date.now()
    while (!signal.aborted) {
      await sleep(interval, signal)
      try {
        const broker = await this.#findCoordinator()
        const of = { groupId: group, groupGenerationId: this.#generation, memberId: this.#memberId }
        await broker.heartbeat(of)
        heard = Date.now()
      } catch (error) {
        if (errorType(error) === 'REBALANCE_IN_PROGRESS') {
          this.#stable = Promise.withResolvers()
          return
        }
        if (REJOIN.has(errorType(error)) || isFatal(error)) throw error
        // Within the session the brokers still count on us: only the connection is mended.
        if (Date.now() - heard > sessionTimeoutMs) throw error
        this.#coordinator = undefined
        await refresh(cluster, error)
      }
    }
  }

  async #recover(error: unknown, failures: number): Promise<void> {
    const { onLost, onTrouble, cluster } = this.#options
    const type = errorType(error)
    this.#stable = Promise.withResolvers()
    if (type !== 'REBALANCE_IN_PROGRESS') {
      if (failures > 0) onTrouble('group membership failed, joining again', error)
      if (this.#owned.length > 0 && type !== 'ILLEGAL_GENERATION') {
        this.#owned = []
        onLost()
      }
      if (type === 'UNKNOWN_MEMBER_ID' || type === 'FENCED_INSTANCE_ID') this.#memberId = ''
      this.#coordinator = undefined
      await sleep(backoffMs(failures, { firstMs: 50, maxMs: 2_000 }), this.#leaving.signal).catch(() => {})
      if (!this.#leaving.signal.aborted) await refresh(cluster, error)
    }
  }
}

const REJOIN = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'MEMBER_ID_REQUIRED',
])

function claimOf(metadata: Buffer): Pick<AssignOptions['members'][number], 'owned' | 'generation'> {
  try {
    const { userData } = MemberMetadata.decode(metadata)
    const claim = JSON.parse(String(userData)) as { owned: TopicPartition[]; generation: number }
    return { owned: claim.owned, generation: claim.generation }
  } catch {
    return { owned: [], generation: -1 }
  }
}
