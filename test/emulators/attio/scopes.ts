/** Every scope of api.md 1.4 at its higher level: what a test's token holds unless it says otherwise. */
export const ALL_SCOPES: readonly string[] = [
  'user_management',
  'record_permission',
  'object_configuration',
  'list_entry',
  'list_configuration',
  'public_collection',
  'private_collection',
  'comment',
  'task',
  'note',
  'meeting',
  'call_recording',
  'webhook',
  'file',
].map((scope) => `${scope}:read-write`)
