/** What speaks to Attio: client, budget, walks, payloads, values, webhook envelope and signature, OAuth. */
export type { Budget, Rates, Share, Ticket } from './budget.ts'
export { Budgets, RATES, UNLIMITED } from './budget.ts'
export type { Answer, Call, CallObserver, CallOptions, ClientOptions } from './client.ts'
export { ATTIO_API_URL, AttioClient } from './client.ts'
export { AttioClock } from './clock.ts'
export type { ChildObservation, DirectoryObservation, Kept } from './content.ts'
export { directoryEntry, keptOf, recordContent } from './content.ts'
export type { Delivery, Envelope, EventNotices, WebhookEvent } from './envelope.ts'
export { envelopeSchema, noticesOf, SUBSCRIBED_EVENTS } from './envelope.ts'
export type { AttioErrorKind } from './error.ts'
export { AttioError, isAttioError } from './error.ts'
export type { OAuthApp, OAuthCallOptions } from './oauth.ts'
export { ATTIO_APP_URL, authorizeUrl, exchangeCode, introspect, revoke } from './oauth.ts'
export type {
  EntryObservation,
  ListObservation,
  MemberObservation,
  NoteObservation,
  ObjectObservation,
  Observation,
  ObserveOptions,
  RecordObservation,
  Rejection,
  TaskObservation,
} from './observe.ts'
export { observe } from './observe.ts'
export type { Self, Webhook } from './payload.ts'
export { entrySchema, noteSchema, recordSchema, taskSchema } from './payload.ts'
export {
  MAX_IDS,
  readAttributes,
  readEntry,
  readList,
  readLists,
  readMember,
  readMembers,
  readMemberships,
  readNote,
  readObject,
  readObjects,
  readRecord,
  readRecordsById,
  readSelf,
  readTask,
  withAttributes,
} from './reads.ts'
export type { Read, RejectedRow, Row, Rows } from './row.ts'
export { missingScopes, REQUIRED_SCOPES } from './scopes.ts'
export { SIGNATURE_HEADERS, sign, verifySignature } from './signature.ts'
export type { Absence, ThingAddress } from './thing.ts'
export { absenceOf, readThing } from './thing.ts'
export type { OnUnknownType } from './values.ts'
export { readActor, readValue, readValues } from './values.ts'
export type { Cursor, NoteWalkOptions, Page, TaskWalkOptions, WalkOptions } from './walk.ts'
export { cursorSchema, walkEntries, walkNotes, walkRecords, walkTasks } from './walk.ts'
export { createWebhook, deleteWebhook, getWebhook, listWebhooks } from './webhooks.ts'
