/** The pure core: values, content, directory, fold, join. No I/O, no clock, no node:*. */
export type { Activity, Artifact, Membership, NamedActor, NamedAttribute, NamedValue } from './artifact.ts'
export { ACTIVITY_BUDGET, MAX_REFERENCES } from './artifact.ts'
export type { AttributeCard, Card, ListCard, MemberCard, NameKind, ObjectCard, RecordCard } from './directory.ts'
export { nameKey } from './directory.ts'
export type { ChildContent, ChildKind, EntryContent, NoteContent, RecordContent, TaskContent } from './record.ts'
export type { Actor, Scalar, Value, ValueKind, Values } from './value.ts'
