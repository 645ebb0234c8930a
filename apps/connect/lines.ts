/** What the command prints. Never a token, a secret, or the key in the webhook's URL. Pure. */
import type { Connection, UnreadableConnection } from '@attio-stream/service'
import type { Connected } from './connect.ts'
import { shownTarget } from './target.ts'

export function connectedLines({ connection, webhook }: Connected, publicUrl: string): readonly string[] {
  return [
    `Workspace: ${connection.workspaceName} (${connection.workspaceSlug}, ${connection.workspaceId})`,
    `Webhook:   ${connection.webhook?.id ?? '-'} → ${shownTarget(publicUrl)} (${webhook})`,
    `Scopes:    ${connection.scopes.join(' ')}`,
    webhook === 'replaced'
      ? 'The webhook is a new one: what changed in Attio while there was none comes with the next sweep.'
      : 'Next:      apps/webhook and apps/hydrate see the connection by themselves; apps/backfill reads the workspace.',
  ]
}

export function listLines({
  connections,
  unreadable,
}: {
  readonly connections: readonly Connection[]
  readonly unreadable: readonly UnreadableConnection[]
}): readonly string[] {
  if (connections.length + unreadable.length === 0) return ['No workspace is connected.']
  return [
    ...connections.flatMap((connection) => [
      `${connection.workspaceName} (${connection.workspaceSlug}, ${connection.workspaceId}): ${connection.status}, since ${day(connection.createdAt)}, webhook ${connection.webhook?.id ?? 'none'}`,
      ...(connection.statusReason === '' ? [] : [`  ${connection.statusReason}`]),
    ]),
    ...unreadable.flatMap(({ workspaceId, reason }) => [`${workspaceId}: cannot be opened`, `  ${reason}`]),
  ]
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
