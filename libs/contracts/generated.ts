/** Generated from schemas/ by `make schemas`. Do not edit. */

/** crm.artifacts: the joined picture of one record. Key: record id. Its offset is the version stores compare. Null value: forget. Headers on every message, tombstones too: workspace, hash, object (object id), slug (object slug, empty when it has none): with them a document id can be told without the value. */
export interface ArtifactState {
  readonly workspace_id: string
  readonly object_id: string
  readonly object_slug: string | null
  /** SHA-256 (hex) over body; empty when deleted */
  readonly hash: string
  readonly deleted: boolean
  /** of the record state it was joined from */
  readonly fence: number
  /** offset in crm.records (same partition) it was joined from */
  readonly record_offset: number
  /** JSON of Artifact (libs/crm); null when deleted */
  readonly body: string | null
}

/** crm.attachments: a child as filed under one record. Key: record id/kind/child id. Partition: record id. Null value: no longer filed there. */
export interface Attachment {
  readonly workspace_id: string
  readonly record_id: string
  readonly kind: string
  readonly id: string
  readonly hash: string
  /** JSON of ChildContent (libs/crm) */
  readonly body: string
}

/** attio.changes: one observation of a thing, raw as Attio sent it, or gone. Key: thing id. Partition: key. */
export interface Change {
  readonly workspace_id: string
  /** record | note | task | entry | object | list | member */
  readonly kind: string
  readonly id: string
  readonly object_id: string | null
  readonly list_id: string | null
  /** when the read was sent, ms, in Attio's clock */
  readonly fence: number
  /** backfill | webhook | referrer | sweep */
  readonly source: string
  /** a GET answered 404 and the rules of death were met */
  readonly gone: boolean
  /** JSON text of Attio's data element; for object and list {"object"|"list": …, "attributes": […]}; null when gone */
  readonly payload: string | null
}

/** crm.children: latest state of a note, task or list entry, and of an object, list or member (what the directory says of it). Key: thing id. Null value: forget. */
export interface ChildState {
  readonly workspace_id: string
  /** note | task | entry | object | list | member */
  readonly kind: string
  readonly fence: number
  readonly hash: string
  readonly deleted: boolean
  /** record ids it is filed under; empty when deleted */
  readonly parents: readonly string[]
  /** JSON of ChildContent (libs/crm), of a directory thing {"name", "card"}; null when deleted */
  readonly body: string | null
}

/** crm.dead-letters: a message that can never succeed, with its bytes and the reason. Key: original key. */
export interface DeadLetter {
  readonly workspace_id: string | null
  /** who gave up: webhook, hydrate, backfill, compact, enrich, sink-… */
  readonly stage: string
  /** a sentence without customer text or secrets */
  readonly reason: string
  /** class of the reason: unreadable, rejected, refused, forbidden, too-large; '' before there were classes */
  readonly fault: string
  readonly attempts: number
  /** null when it never was a message (a webhook body, a row of a page) */
  readonly topic: string | null
  readonly partition: number | null
  /** null with a topic: what a stage would have written there, and is too large */
  readonly offset: number | null
  readonly key: Buffer | null
  /** the original bytes, or as many of them as fit into a message */
  readonly value: Buffer | null
  /** size of the original bytes; more than value holds: it was cut */
  readonly value_size: number | null
  /** of all the original bytes, hex */
  readonly value_sha256: string | null
  /** of the original message */
  readonly headers: Readonly<Record<string, string>>
  /** ms since epoch */
  readonly buried_at: number
}

/** crm.names: the directory. Key: workspace/kind/id. Read whole by everyone. Null value: forget. */
export interface Name {
  readonly workspace_id: string
  /** record | member | object | list */
  readonly kind: string
  readonly id: string
  /** null when unnamed */
  readonly name: string | null
  readonly deleted: boolean
  /** over name, deleted and card */
  readonly hash: string
  /** JSON of Card (libs/crm); null when deleted */
  readonly card: string | null
}

/** attio.notices: something happened to a thing; ids only. Key: thing id. Partition: key. */
export interface Notice {
  readonly workspace_id: string
  /** webhook | referrer | sweep (also compact, for what a read raised from the dead) */
  readonly source: string
  /** Attio's event type; for other sources reread */
  readonly event_type: string
  /** record | note | task | entry | object | list | member */
  readonly kind: string
  /** the thing's id; equals the message key */
  readonly id: string
  /** of a record: its object */
  readonly object_id: string | null
  /** of an entry: its list */
  readonly list_id: string | null
  readonly parent_record_id: string | null
  readonly parent_object_id: string | null
  /** of a merge: the other record of the pair */
  readonly related_id: string | null
  /** a 404 on GET confirms this thing's death (delete, merge, sweep) */
  readonly nominates: boolean
  readonly actor_type: string | null
  readonly actor_id: string | null
  /** Attio's Idempotency-Key */
  readonly delivery_key: string | null
  /** ms since epoch, our clock */
  readonly received_at: number
}

/** crm.records: latest state of a record. Key: record id. Null value: forget. */
export interface RecordState {
  readonly workspace_id: string
  readonly object_id: string
  /** of the observation this state came from; of a deletion: of the 404 */
  readonly fence: number
  /** SHA-256 (hex) over the canonical body; empty when deleted */
  readonly hash: string
  readonly deleted: boolean
  /** JSON of RecordContent (libs/crm); null when deleted */
  readonly body: string | null
}

/** crm.replays: a stage is asked to take its input once more with the code of today, and how far each of its partitions is. Key: stage (the request) or stage/partition (the progress). Null value under a stage: ask no longer. */
export interface Replay {
  /** only what belongs to it; null: everything */
  readonly workspace_id: string | null
  /** of the request; progress of another one says nothing about it */
  readonly id: string
  /** count what differs, write nothing of it */
  readonly dry_run: boolean
  /** also write every directory entry again */
  readonly entries: boolean
  /** ms since epoch, our clock */
  readonly requested_at: number
  /** of a partition: offset it begins at */
  readonly from: number
  /** of a partition: offset it ends before */
  readonly to: number
  /** of a partition: next offset to be taken */
  readonly position: number
  /** messages taken */
  readonly looked: number
  /** of these, after which something was written (or would be) */
  readonly differed: number
  /** of these, that the code of today cannot read; what they led to stays */
  readonly unreadable: number
  readonly done: boolean
}
