// biome-ignore-all lint/style/noDefaultExport: it is the shape of these CommonJS modules
/** The parts inside kafkajs 2.2.4 that the adapter stands on; the version is pinned exactly in package.json. */
declare module 'kafkajs/src/cluster/index.js' {
  type KafkaBroker = import('./kafka-broker.ts').KafkaBroker
  export default class Cluster {
    constructor(options: Readonly<Record<string, unknown>>)
    connect(): Promise<void>
    disconnect(): Promise<void>
    isConnected(): boolean
    refreshMetadata(): Promise<void>
    refreshMetadataIfNecessary(): Promise<void>
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>
    findBroker(of: { nodeId: number | string }): Promise<KafkaBroker>
    findControllerBroker(): Promise<KafkaBroker>
    findGroupCoordinator(of: { groupId: string; coordinatorType?: 0 | 1 }): Promise<KafkaBroker>
    findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
    removeBroker(of: { host: string; port: number }): void
  }
}
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[]
    throttledUntil: number
    throttleCheckTimeoutId: NodeJS.Timeout | null
    requestTimeoutIntervalId: NodeJS.Timeout | undefined
    enforceRequestTimeout: boolean
    requestTimeout: number
    inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>
    isConnected: () => boolean
    destroy(): void
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
    scheduleRequestTimeoutCheck(): void
  }
}
declare module 'kafkajs/src/network/socketFactory.js' {
  const socketFactory: () => (options: unknown) => unknown
  export default socketFactory
}
declare module 'kafkajs/src/loggers/index.js' {
  const loggers: { createLogger(options: { level: number; logCreator: () => (entry: never) => void }): unknown }
  export default loggers
}
declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize?: number)
    readonly buffer: Buffer
    writeInt8(value: number): this
    writeInt16(value: number): this
    writeInt32(value: number): this
    writeInt64(value: string | number): this
    writeString(value: string | null): this
    writeBufferInternal(value: Buffer): void
  }
}
declare module 'kafkajs/src/protocol/error.js' {
  const error: { createErrorFromCode(code: number): Error & { type: string; retriable: boolean } }
  export default error
}
declare module 'kafkajs/src/consumer/assignerProtocol.js' {
  const protocol: {
    MemberMetadata: {
      encode(of: { version: number; topics: readonly string[]; userData: Buffer }): Buffer
      decode(bytes: Buffer): { version: number; topics: string[]; userData: Buffer | null }
    }
    MemberAssignment: {
      encode(of: { version: number; assignment: Record<string, number[]>; userData?: Buffer }): Buffer
      decode(bytes: Buffer): { assignment: Record<string, number[]> } | null
    }
  }
  export default protocol
}
