/**
 * Names in turbopuffer: one namespace a workspace and generation, and a UUID for every chunk row. The row id comes from the
 * record id, the store's key, and the ordinal: 16 bytes, the same for ever, whatever the document calls itself.
 */
import { hash } from 'node:crypto'

export interface Naming {
  /** Before every namespace, so that several installations can share an account. */
  readonly prefix: string
  readonly generation: number
}

/** https://turbopuffer.com/docs/write: the names a namespace can have. */
const NAME = /^[A-Za-z0-9\-_.]{1,128}$/

export const namespaceOf = (workspace: string, { prefix, generation }: Naming): string =>
  `${prefix}${workspace}-g${generation}`

/** Undefined when the namespace is not one of ours, or of another generation. */
export function workspaceOf(namespace: string, { prefix, generation }: Naming): string | undefined {
  const end = `-g${generation}`
  if (!namespace.startsWith(prefix) || !namespace.endsWith(end)) return undefined
  const workspace = namespace.slice(prefix.length, -end.length)
  return workspace === '' ? undefined : workspace
}

export const isWorkspaceName = (workspace: string, naming: Naming): boolean =>
  workspace !== '' && NAME.test(namespaceOf(workspace, naming))

/** RFC 9562, version 8: the first bytes of a SHA-256. */
export function rowId(record: string, ordinal: number): string {
  const hex = hash('sha256', `${record}\n${ordinal}`)
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}
