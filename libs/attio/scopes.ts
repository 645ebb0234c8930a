/** What a token must be allowed to do for the connector to read everything it shows. Attio docs: scopes. */

/** `X:read-write` includes `X:read`. */
export const REQUIRED_SCOPES = [
  'object_configuration:read',
  'record_permission:read',
  'list_configuration:read',
  'list_entry:read',
  'note:read',
  'task:read',
  'user_management:read',
  'webhook:read-write',
] as const

/** Scopes of `required` that `granted` (the `scope` text of /v2/self) does not hold. */
export function missingScopes(granted: string, required: readonly string[] = REQUIRED_SCOPES): readonly string[] {
  const held = new Set(granted.split(/\s+/))
  return required.filter((scope) => !held.has(scope) && !(scope.endsWith(':read') && held.has(`${scope}-write`)))
}
