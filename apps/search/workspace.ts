/** Which workspace is meant: an id as it is, or one of those the control database knows. */
import { openControl } from '@attio-stream/service'

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

export async function workspaceOf(wanted: string | undefined, databaseUrl: string | undefined): Promise<string> {
  if (wanted !== undefined && UUID.test(wanted)) return wanted
  if (databaseUrl === undefined)
    throw new Error('Which workspace? Say --workspace with its id, or set DATABASE_URL, where the connected ones are.')
  const control = await openControl({ databaseUrl, poolSize: 1 })
  try {
    const rows = await control.db
      .selectFrom('connections')
      .select(['workspace_id', 'workspace_slug'])
      .where('status', '!=', 'disconnected')
      .execute()
    const [only] = rows
    const row = wanted === undefined ? only : rows.find(({ workspace_slug }) => workspace_slug === wanted)
    if (row !== undefined && (wanted !== undefined || rows.length === 1)) return row.workspace_id
    const known = rows.map(({ workspace_slug }) => workspace_slug).join(', ')
    throw new Error(
      `Which workspace? Say --workspace with an id or slug; connected are: ${known === '' ? 'none (npm run connect)' : known}.`,
    )
  } finally {
    await control.close()
  }
}
