/**
 * The schema files of /schemas, and the registry subject each is kept under. apps/provision registers what this says.
 */
import { readFileSync } from 'node:fs'
import type { TopicName } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import type avsc from 'avsc'

const DIRECTORY = new URL('../../schemas/', import.meta.url)

/** The text of the topic's schema file. */
export function schemaText(topic: TopicName): string {
  return readFileSync(new URL(`${TOPICS[topic].schema}.avsc`, DIRECTORY), 'utf8')
}

export function schemaOf(topic: TopicName): avsc.Schema {
  return JSON.parse(schemaText(topic)) as avsc.Schema
}

/** Without cell prefix: cells share the registry, and a schema is the same in all of them. */
export function subjectOf(topic: TopicName): string {
  return `${topic}-value`
}
