/**
 * The versions of an artifact, and what each was joined from: the state it names, and the attachments and names that changed
 * since the version before. Pure.
 */
import type { ArtifactState, Attachment, Name } from '@attio-stream/contracts'
import { changedFields, type FieldChange } from './fields.ts'
import type { Found } from './reading.ts'

export interface Input {
  readonly topic: 'crm.records' | 'crm.attachments' | 'crm.names'
  readonly key: string
  readonly partition: number
  readonly offset: number
  readonly at: number
}

export interface ArtifactVersion {
  /** Its offset. */
  readonly version: number
  readonly partition: number
  readonly at: number
  /** `forgotten`: a tombstone. */
  readonly kind: 'alive' | 'dead' | 'forgotten' | 'unreadable'
  readonly hash: string
  /** Offset in crm.records, and the fence of that state; null for tombstones. */
  readonly record: { readonly offset: number; readonly fence: number } | null
  /** What is new in it since the version before it that is kept. Empty: it was joined again by other code, or after a restart. */
  readonly because: readonly Input[]
  readonly fields: readonly FieldChange[]
}

export interface Joined {
  readonly records: readonly {
    readonly key: string
    readonly partition: number
    readonly offset: number
    readonly timestamp: number
  }[]
  readonly attachments: readonly Found<'crm.attachments'>[]
  readonly names: readonly Found<'crm.names'>[]
}

export function versionsOf(
  artifacts: readonly Found<'crm.artifacts'>[],
  { records, attachments, names }: Joined,
): readonly ArtifactVersion[] {
  let before: { readonly at: number; readonly state: ArtifactState | null } = {
    at: Number.NEGATIVE_INFINITY,
    state: null,
  }
  return artifacts.map(({ offset, partition, timestamp, read }) => {
    const made = (kind: ArtifactVersion['kind']): ArtifactVersion => {
      const state = read ?? null
      const record = state === null ? null : { offset: state.record_offset, fence: state.fence }
      const within = (at: number) => at > before.at && at <= timestamp
      const states = records.filter(
        (one) => one.offset === record?.offset && record.offset !== before.state?.record_offset,
      )
      const because =
        kind === 'alive'
          ? [
              ...states.map(inputOf('crm.records')),
              ...attachments.filter((one) => within(one.timestamp)).map(inputOf('crm.attachments')),
              ...names.filter((one) => within(one.timestamp)).map(inputOf('crm.names')),
            ]
          : states.map(inputOf('crm.records'))
      const fields = changedFields(before.state?.body ?? null, state?.body ?? null)
      before = { at: timestamp, state }
      return { version: offset, partition, at: timestamp, kind, hash: state?.hash ?? '', record, because, fields }
    }
    if (read === undefined) return made('unreadable')
    return made(read === null ? 'forgotten' : read.deleted ? 'dead' : 'alive')
  })
}

const inputOf =
  (topic: Input['topic']) =>
  ({ key, partition, offset, timestamp }: Joined['records'][number]): Input => ({
    topic,
    key,
    partition,
    offset,
    at: timestamp,
  })

/** A child as it was filed under the record, or taken from it. */
export interface Filing {
  readonly at: number
  readonly partition: number
  readonly offset: number
  readonly record: string
  readonly kind: string
  readonly child: string
  /** false: no longer filed there. */
  readonly filed: boolean
  readonly hash: string
}

export function filingOf({ key, timestamp, partition, offset, read }: Found<'crm.attachments'>): Filing {
  const [record = '', kind = '', child = ''] = key.split('/')
  const attachment: Attachment | null = read ?? null
  return {
    at: timestamp,
    partition,
    offset,
    record,
    kind,
    child,
    filed: attachment !== null,
    hash: attachment?.hash ?? '',
  }
}

/** What something the document shows by name was called, from when on. */
export interface Naming {
  readonly at: number
  readonly partition: number
  readonly offset: number
  readonly kind: string
  readonly thing: string
  readonly deleted: boolean
  /** Customer text; shown only when asked for. */
  readonly name: string | null
}

export function namingOf({ key, timestamp, partition, offset, read }: Found<'crm.names'>): Naming {
  const [, kind = '', thing = ''] = key.split('/')
  const name: Name | null = read ?? null
  return { at: timestamp, partition, offset, kind, thing, deleted: name?.deleted ?? true, name: name?.name ?? null }
}
