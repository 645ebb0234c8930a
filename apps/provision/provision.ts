/**
 * Makes the topics and registers the schemas the system needs. Safe to run again at any time, from several places at once:
 * what is there stays as it is, and what of it differs is in the report. How the report reads is report.ts's.
 */
import { retry } from '@attio-stream/stream'
import { connectAdmin, type TopicAdmin } from './admin.ts'
import { connectRegistry } from './registry.ts'
import { registerSubjects, type SubjectFinding } from './subjects.ts'
import { planTopics, type TopicFinding, wantedTopics } from './topics.ts'

export interface ProvisionOptions {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  /** Prefix of topic names. Default none. */
  readonly cell?: string
  readonly partitions: number
  /** Default 1. */
  readonly replicationFactor?: number
  /** How long brokers and registry may take to answer, ms. Default 60 000. */
  readonly waitMs?: number
  /** Look, and change nothing. */
  readonly checkOnly?: boolean
  readonly signal?: AbortSignal
  /** Told what happens, a line at a time. */
  readonly say?: (line: string) => void
}

export interface ProvisionReport {
  readonly topics: readonly TopicFinding[]
  /** Names of the topics that were made now. */
  readonly created: readonly string[]
  readonly subjects: readonly SubjectFinding[]
}

/** Something a person has to decide or start; the message is one sentence a line. */
export class ProvisionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProvisionError'
  }
}

/**
 * @throws ProvisionError when brokers or registry do not answer in time, or a joined topic has another partition count
 * (then nothing was created); IncompatibleSchema when a schema cannot follow those that are registered.
 */
export async function provision(options: ProvisionOptions): Promise<ProvisionReport> {
  const { cell = '', replicationFactor = 1, waitMs = 60_000, checkOnly = false, say = () => {} } = options
  const signal = options.signal ?? new AbortController().signal
  const registry = connectRegistry(options.registryUrl)
  const within = { waitMs, signal, say }
  const brokers = options.brokers.join(', ')
  const [admin] = await Promise.all([
    answering(`Kafka at ${brokers}`, 'KAFKA_BROKERS', () => connectAdmin(options.brokers), within),
    answering(`The schema registry at ${options.registryUrl}`, 'SCHEMA_REGISTRY_URL', () => registry.ping(), within),
  ])
  try {
    const wanted = wantedTopics({ cell, partitions: options.partitions, replicationFactor })
    const plan = planTopics(wanted, await admin.existing(wanted))
    if (plan.errors.length > 0) throw new ProvisionError(plan.errors.join('\n'))
    const create = checkOnly ? [] : plan.create
    await createTopics(admin, create)
    const subjects = await registerSubjects(registry, { checkOnly, signal })
    return { topics: plan.findings, created: create.map((topic) => topic.name), subjects }
  } finally {
    await admin.close()
  }
}

async function createTopics(admin: TopicAdmin, topics: Parameters<TopicAdmin['create']>[0]): Promise<void> {
  try {
    await admin.create(topics)
  } catch (cause) {
    const why = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : String(cause)
    throw new ProvisionError(`The brokers would not create the topics: ${why}`, { cause })
  }
}

/** Tries until it answers; a sentence when the time is over. */
async function answering<T>(
  what: string,
  setting: string,
  work: () => Promise<T>,
  {
    waitMs,
    signal,
    say,
  }: { readonly waitMs: number; readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<T> {
  const deadline = performance.now() + waitMs
  let told = false
  try {
    return await retry(work, {
      firstMs: 200,
      maxMs: 1000,
      signal,
      mayHeal: () => performance.now() < deadline,
      onRetry: () => {
        if (!told) say(`${what} does not answer yet; waiting for it.`)
        told = true
      },
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new ProvisionError(
      `${what} did not answer within ${Math.round(waitMs / 1000)} s: look at ${setting} and at the server it names.`,
      { cause },
    )
  }
}
