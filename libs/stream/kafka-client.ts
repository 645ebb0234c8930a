/**
 * Connections to the brokers, by kafkajs's own cluster and broker classes (2.2.4). Its consumer and producer are not used:
 * see README.md for the faults that made us write those loops here. What an error means is decided in this file.
 */
import type { Socket } from 'node:net'
import Cluster from 'kafkajs/src/cluster/index.js'
import loggers from 'kafkajs/src/loggers/index.js'
import socketFactory from 'kafkajs/src/network/socketFactory.js'
import type { KafkaBroker, ProtocolRequest } from './kafka-broker.ts'
import { mendRequestQueue } from './kafka-idle.ts'

export interface KafkaLogLine {
  readonly level: 'error' | 'warn' | 'info'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
export interface KafkaConnection {
  /** host:port, of any brokers of the cluster. */
  readonly brokers: readonly string[]
  readonly clientId?: string
  /** As kafkajs: true, or tls.connect options. */
  readonly ssl?: boolean | Readonly<Record<string, unknown>>
  /** As kafkajs: mechanism, username, password. */
  readonly sasl?: Readonly<Record<string, unknown>>
  /** What kafkajs and this adapter have to say; never contents of messages. */
  readonly onLog?: (line: KafkaLogLine) => void
}

export type KafkaCluster = Cluster

/** Fresh connections; requests on one connection are answered in order, so whoever may wait long gets its own. */
export function openCluster(connection: KafkaConnection): KafkaCluster {
  mendRequestQueue()
  return new Cluster({
    logger: loggers.createLogger({ level: 2, logCreator: () => (entry) => say(connection, entry) }),
    socketFactory: sockets,
    brokers: connection.brokers,
    ssl: connection.ssl,
    sasl: connection.sasl,
    clientId: connection.clientId ?? 'attio-stream',
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    reauthenticationThreshold: 10_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    metadataMaxAge: 60_000,
    maxInFlightRequests: null,
    allowAutoTopicCreation: false,
    isolationLevel: 1,
    // Short: waiting belongs to the loops above, which also know when to stop.
    retry: { initialRetryTime: 10, multiplier: 2, maxRetryTime: 200, retries: 4 },
  })
}

const plain = socketFactory() as (options: unknown) => Socket
/** kafkajs leaves Nagle's algorithm on (small requests then wait for an acknowledgement), and adds a listener per waiting caller. */
function sockets(options: unknown): Socket {
  return plain(options).setNoDelay(true).setMaxListeners(0)
}

interface Entry {
  readonly level: number
  readonly namespace: string
  readonly log: Readonly<Record<string, unknown>>
}
const KEPT = ['broker', 'clientId', 'groupId', 'memberId', 'topic', 'partition', 'error', 'retryCount', 'retryTime']

/** Answers that belong to normal work, which kafkajs reports as errors. */
const NORMAL = [
  'CONCURRENT',
  'concurrent operation on the same transaction',
  'group is rebalancing',
  'MEMBER_ID_REQUIRED',
]

function say({ onLog }: KafkaConnection, { namespace, log }: Entry): void {
  if (NORMAL.some((part) => String(log.error ?? '').includes(part))) return
  const fields: Record<string, unknown> = { namespace }
  for (const name of KEPT) if (typeof log[name] === 'string' || typeof log[name] === 'number') fields[name] = log[name]
  // Errors of kafkajs are retried by us; what matters to people is said by our own loops.
  onLog?.({ level: 'info', message: `kafkajs: ${String(log.message)}`, fields })
}

/** Sends a request kafkajs has no method for, and drops the connection as it does when the broker closed it. */
export async function request<T>(broker: KafkaBroker, protocol: ProtocolRequest<T>): Promise<T> {
  try {
    return await broker.connectionPool.send(protocol)
  } catch (error) {
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect()
    throw error
  }
}

/** The protocol's name of an error, through kafkajs's wrappers; '' when it is none. */
export function errorType(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('type' in at && typeof at.type === 'string') return at.type
  }
  return ''
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING'])
export function isFenced(error: unknown): boolean {
  return FENCED.has(errorType(error))
}

/** Wrong for good: repeating the request cannot help, and it is not about a connection. */
const FATAL = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_TRANSACTION_TIMEOUT',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_REQUIRED_ACKS',
])
export function isFatal(error: unknown): boolean {
  if (FATAL.has(errorType(error))) return true
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof TypeError || at instanceof RangeError || at instanceof ReferenceError) return true
    if (at.name === 'KafkaJSSASLAuthenticationError' || at.name === 'KafkaJSServerDoesNotSupportApiKey') return true
  }
  return false
}

/** After a failure: forget what may be stale, so that the next attempt asks again. */
export async function refresh(cluster: KafkaCluster, error: unknown): Promise<void> {
  const closed = error as { name?: string; host?: string; port?: number }
  if (closed.name === 'KafkaJSConnectionClosedError' && closed.host !== undefined && closed.port !== undefined) {
    cluster.removeBroker({ host: closed.host, port: closed.port })
  }
  try {
    await cluster.connect()
    await cluster.refreshMetadata()
  } catch {
    // Still away: the caller's next attempt finds out.
  }
}

/**
 * Partitions of a topic, never none. kafkajs asks for metadata in one request at a time for everybody: who joins a request that
 * was sent before its topic was added finds the topic missing, for a moment. @throws then; asking again helps.
 */
export function partitionsOf(cluster: KafkaCluster, topic: string): { partitionId: number; leader: number }[] {
  const found = cluster.findTopicPartitionMetadata(topic)
  if (found.length === 0) throw new Error(`Nothing is known of topic ${topic} yet.`)
  return found
}
