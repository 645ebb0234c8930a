/** What the command prints. Never a token, a secret, or the key in the webhook's URL. Pure. */
import type { Connection, UnreadableConnection } from '@attio-stream/service'
import type { Connected } from './connect.ts'
import { shownTarget } from './target.ts'

export function connectedLines({ connection, webhook }: Connected, publicUrl: string | null): readonly string[] {
  const target = publicUrl === null ? 'not changed' : shownTarget(publicUrl)
  return [
    `Workspace: ${connection.workspaceName} (${connection.workspaceSlug}, ${connection.workspaceId})`,
    webhook === 'none'
      ? 'Webhook:   none. Attio tells nothing: changes come with the next backfill. Connect again with PUBLIC_WEBHOOK_URL set to have them at once.'
      : `Webhook:   ${connection.webhook?.id ?? '-'} → ${target} (${webhook})`,
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
