/**
 * Makes the index of a generation, the alias writers use and the alias readers use; refuses an index of another shape.
 * Writers go through an alias of their own so that a vanished index is an error and never made anew by a bulk request.
 */
import type { Client } from '@opensearch-project/opensearch'
import type { StoreSettings } from './config.ts'
import { failureOf } from './failure.ts'
import { driftOf, isCustom, MAPPING, type Property } from './mapping.ts'

type Prefix = Pick<StoreSettings, 'SINK_OPENSEARCH_PREFIX'>
export const indexOf = (settings: Prefix, generation: number): string =>
  `${settings.SINK_OPENSEARCH_PREFIX}documents-g${generation}`
/** What bulk requests name. */
export const writersOf = (index: string): string => `${index}.write`
/** What readers name: the live generation without its marks. */
export const readersOf = (settings: Prefix): string => `${settings.SINK_OPENSEARCH_PREFIX}documents`

/** What of a generation readers see. */
export const READABLE = { term: { deleted: false } }

export interface OpenIndex {
  readonly settings: StoreSettings
  readonly generation: number
  /** Nobody reads it yet, so it is refreshed only when asked. */
  readonly building: boolean
}

export async function openIndex(client: Client, { settings, generation, building }: OpenIndex): Promise<void> {
  const index = indexOf(settings, generation)
  const readers = readersOf(settings)
  const dynamic = {
    refresh_interval: building ? '-1' : settings.SINK_OPENSEARCH_REFRESH_INTERVAL,
    'mapping.total_fields.limit': settings.SINK_OPENSEARCH_FIELDS,
  }
  try {
    if (!(await client.indices.exists({ index })).body) await create(client, index, settings, dynamic)
    const found = await mappingOf(client, index)
    const drift = driftOf(found)
    if (drift.length > 0)
      throw new Error(`The index ${index} has another shape: ${drift.join('; ')}. Start a new generation.`)
    await client.indices.putSettings({ index, body: { index: dynamic } })
    if (!(await client.indices.existsAlias({ name: writersOf(index) })).body)
      await client.indices.putAlias({ index, name: writersOf(index) })
    // Which generation is live is another's decision once there is one.
    if (!building && !(await client.indices.existsAlias({ name: readers })).body)
      await client.indices.putAlias({ index, name: readers, body: { filter: READABLE } })
  } catch (error) {
    throw failureOf(error, `opening the index ${index}`)
  }
}

async function create(
  client: Client,
  index: string,
  settings: StoreSettings,
  dynamic: Readonly<Record<string, unknown>>,
): Promise<void> {
  const fixed = { number_of_shards: settings.SINK_OPENSEARCH_SHARDS, auto_expand_replicas: '0-1' }
  const body = { settings: { index: { ...fixed, ...dynamic } }, mappings: MAPPING, aliases: { [writersOf(index)]: {} } }
  try {
    await client.indices.create({ index, body: body as never })
  } catch (error) {
    // Somebody else was faster.
    if (!String(error instanceof Error && error.message).includes('resource_already_exists_exception')) throw error
  }
}

async function mappingOf(client: Client, index: string): Promise<Property> {
  const { body } = await client.indices.getMapping({ index })
  return (body as unknown as Record<string, { mappings: Property } | undefined>)[index]?.mappings ?? {}
}

/** The custom attributes the mapping has taken up so far. */
export async function mappedFields(client: Client, index: string): Promise<ReadonlySet<string>> {
  try {
    const { properties } = (await mappingOf(client, index)).properties?.metadata ?? {}
    return new Set(Object.keys(properties ?? {}).filter(isCustom))
  } catch (error) {
    throw failureOf(error, `reading the mapping of ${index}`)
  }
}
