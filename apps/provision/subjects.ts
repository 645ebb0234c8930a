/**
 * Registers every topic's schema under its subject, FULL_TRANSITIVE set before the first version. One after the other:
 * registries refuse some of several first registrations at once with a conflict that is none.
 */
import { TOPIC_NAMES, TOPICS, type TopicName } from '@attio-stream/contracts'
import { schemaText, subjectOf } from '@attio-stream/stream'
import { incompatibilities } from './compatibility.ts'
import type { Registry } from './registry.ts'

const LEVEL = 'FULL_TRANSITIVE'
/** A conflict without an incompatibility: somebody registers at the same moment. */
const CONFLICT_TRIES = 5

export interface SubjectFinding {
  readonly subject: string
  readonly state: 'missing' | 'registered' | 'as wanted'
  /** The compatibility level it had before, when another; undefined when it had none of its own. */
  readonly level: string | undefined
}

/** A schema cannot follow those that are registered: a sentence with subject, fields, and what to do. */
export class IncompatibleSchema extends Error {
  constructor(topic: TopicName, reasons: readonly string[], refused: string) {
    const why = reasons.length > 0 ? reasons.join('; ') : refused
    super(
      `Subject ${subjectOf(topic)} refuses schemas/${TOPICS[topic].schema}.avsc: ${why}. Readers and writers of all versions must ` +
        'understand each other: give new fields a default, keep old ones, or make it a new topic (schemas/README.md).',
    )
    this.name = 'IncompatibleSchema'
  }
}

export interface SubjectOptions {
  /** Look, and change nothing. */
  readonly checkOnly: boolean
  readonly signal: AbortSignal
  /** Another text than the topic's schema file; for tests. */
  readonly schemas?: Partial<Record<TopicName, string>>
}

/** @throws IncompatibleSchema, RegistryError */
export async function registerSubjects(
  registry: Registry,
  options: SubjectOptions,
): Promise<readonly SubjectFinding[]> {
  const findings: SubjectFinding[] = []
  for (const topic of TOPIC_NAMES) {
    options.signal.throwIfAborted()
    findings.push(await registerSubject(registry, topic, options))
  }
  return findings
}

async function registerSubject(registry: Registry, topic: TopicName, options: SubjectOptions): Promise<SubjectFinding> {
  const subject = subjectOf(topic)
  const schema = options.schemas?.[topic] ?? schemaText(topic)
  const level = await registry.level(subject)
  const present = await registry.has(subject, schema)
  if (!options.checkOnly) {
    if (level !== LEVEL) await registry.setLevel(subject, LEVEL)
    if (!present) await register(registry, topic, schema, options.signal)
  }
  const before = level === LEVEL ? undefined : level
  if (present) return { subject, state: 'as wanted', level: before }
  return { subject, state: options.checkOnly ? 'missing' : 'registered', level: before }
}

async function register(registry: Registry, topic: TopicName, schema: string, signal: AbortSignal): Promise<void> {
  const subject = subjectOf(topic)
  for (let tries = 1; ; tries += 1) {
    const answer = await registry.register(subject, schema)
    if ('id' in answer) return
    const versions = await registry.versions(subject)
    const reasons = versions.flatMap((version) => incompatibilities(version, JSON.parse(schema)))
    if (reasons.length > 0 || tries === CONFLICT_TRIES)
      throw new IncompatibleSchema(topic, [...new Set(reasons)], answer.refused)
    signal.throwIfAborted()
  }
}
