/**
 * Where schema ids come from: the registry, asked with Confluent's client, or a fixed numbering for tests. Only looks up.
 */
import type { TopicName } from '@attio-stream/contracts'
import { TOPIC_NAMES } from '@attio-stream/contracts'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type avsc from 'avsc'
import type { SchemaSource } from './codec.ts'
import { LogUnavailable } from './errors.ts'
import { schemaOf, schemaText, subjectOf } from './schemas.ts'

export function registrySchemas(url: string): SchemaSource {
  const registry = new SchemaRegistry({ host: url })
  return {
    async id(topic) {
      try {
        return await registry.getRegistryIdBySchema(subjectOf(topic), {
          type: SchemaType.AVRO,
          schema: schemaText(topic),
        })
      } catch (cause) {
        if (isAbsent(cause)) {
          throw new Error(`The schema of ${topic} is not registered under ${subjectOf(topic)}: run provision first.`, {
            cause,
          })
        }
        throw new LogUnavailable(`The schema registry did not answer for subject ${subjectOf(topic)}.`, { cause })
      }
    },
    async schema(id) {
      try {
        const type = (await registry.getSchema(id)) as unknown as avsc.Type
        return type.schema({ exportAttrs: true })
      } catch (cause) {
        if (isAbsent(cause)) return undefined
        throw new LogUnavailable(`The schema registry did not answer for schema ${id}.`, { cause })
      }
    },
  }
}

/** The ids of memoryCodec: position in TOPIC_NAMES, from 1. */
export function memorySchemas(): SchemaSource {
  return {
    id: async (topic: TopicName) => TOPIC_NAMES.indexOf(topic) + 1,
    schema: async (id) => {
      const topic = TOPIC_NAMES[id - 1]
      return topic === undefined ? undefined : schemaOf(topic)
    },
  }
}

/** The client wraps the 404 of a lookup without its status. With the registry down it reports status 400 and ECONNREFUSED. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'ConfluentSchemaRegistryError' || ('status' in error && error.status === 404)
}
