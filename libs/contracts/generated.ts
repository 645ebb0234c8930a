/** Generated from schemas/ by `make schemas`. Do not edit. */
export interface Notice { workspace_id: string; source: string; event_type: string; kind: string; id: string; object_id: string | null; list_id: string | null; parent_record_id: string | null; parent_object_id: string | null; related_id: string | null; nominates: boolean; actor_type: string | null; actor_id: string | null; delivery_key: string | null; received_at: number }
export interface Change { workspace_id: string; kind: string; id: string; object_id: string | null; list_id: string | null; fence: number; source: string; gone: boolean; payload: string | null }
export interface RecordState { workspace_id: string; object_id: string; fence: number; hash: string; deleted: boolean; body: string | null }
export interface ChildState { workspace_id: string; kind: string; fence: number; hash: string; deleted: boolean; parents: string[]; body: string | null }
export interface Attachment { workspace_id: string; record_id: string; kind: string; id: string; hash: string; body: string }
export interface Name { workspace_id: string; kind: string; id: string; name: string | null; deleted: boolean; hash: string; card: string | null }
export interface ArtifactState { workspace_id: string; object_id: string; object_slug: string | null; hash: string; deleted: boolean; fence: number; record_offset: number; body: string | null }
export interface DeadLetter { workspace_id: string | null; stage: string; reason: string; attempts: number; topic: string | null; partition: number | null; offset: number | null; key: Buffer | null; value: Buffer | null; buried_at: number }
