/** What the adapter uses of a kafkajs broker: one method per request of Kafka's protocol. Every one may throw. */

export interface ProtocolRequest<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<unknown>
  }
  readonly response: {
    readonly decode: (raw: Buffer) => Promise<unknown>
    readonly parse: (decoded: never) => Promise<T>
  }
  readonly requestTimeout?: number
}
interface Producer {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}
interface TopicList<P> {
  readonly topic: string
  readonly partitions: readonly P[]
}
export interface OffsetEntry {
  readonly partition: number
  readonly offset: string
}
export interface JoinedGroup {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

export interface KafkaBroker {
  readonly nodeId: number
  readonly connectionPool: {
    readonly host: string
    readonly port: number
    send<T>(request: ProtocolRequest<T>): Promise<T>
  }
  disconnect(): Promise<void>
  initProducerId(of: {
    readonly transactionalId: string | undefined
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  addPartitionsToTxn(of: Producer & { readonly topics: readonly TopicList<number>[] }): Promise<unknown>
  addOffsetsToTxn(of: Producer & { readonly groupId: string }): Promise<unknown>
  txnOffsetCommit(
    of: Producer & { readonly groupId: string; readonly topics: readonly TopicList<OffsetEntry>[] },
  ): Promise<unknown>
  endTxn(of: Producer & { readonly transactionResult: boolean }): Promise<unknown>
  joinGroup(of: {
    readonly groupId: string
    readonly sessionTimeout: number
    readonly rebalanceTimeout: number
    readonly memberId: string
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): Promise<JoinedGroup>
  syncGroup(of: {
    readonly groupId: string
    readonly generationId: number
    readonly memberId: string
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(of: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
  }): Promise<unknown>
  leaveGroup(of: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
  offsetCommit(of: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
    readonly topics: readonly TopicList<OffsetEntry>[]
  }): Promise<unknown>
  offsetFetch(of: {
    readonly groupId: string
    readonly topics: readonly TopicList<{ readonly partition: number }>[]
  }): Promise<{ readonly responses: readonly TopicList<OffsetEntry>[] }>
  listOffsets(of: {
    readonly replicaId: -1
    readonly isolationLevel: 0 | 1
    readonly topics: readonly TopicList<{ readonly partition: number; readonly timestamp: string | number }>[]
  }): Promise<{ readonly responses: readonly TopicList<OffsetEntry>[] }>
}
