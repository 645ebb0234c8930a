/**
 * The children of a record that came out of a merge (R5): whether Attio moves notes, tasks and entries to it with events of
 * their own is not established, so they are listed again.
 */
import {
  type AttioClient,
  isAttioError,
  type Row,
  readEntry,
  readMemberships,
  walkNotes,
  walkTasks,
} from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import type { Thing } from './agenda.ts'

export interface ChildrenOptions {
  readonly signal: AbortSignal
  readonly onSkipped: (route: string) => void
}

export async function childrenOf(
  client: AttioClient,
  survivor: Thing,
  options: ChildrenOptions,
): Promise<readonly Change[]> {
  const at = { object: survivor.object ?? '', record: survivor.id }
  const changes: Change[] = []
  const add = (kind: string, row: Row, fence: number, list: string | null): void => {
    const { workspace, source } = survivor
    changes.push({
      workspace_id: workspace,
      kind,
      id: row.id,
      object_id: null,
      list_id: list,
      fence,
      source,
      gone: false,
      payload: row.raw,
    })
  }
  await unlessForbidden(options, async () => {
    for await (const page of walkNotes(client, { ...options, parent: at }))
      for (const row of page.rows) add('note', row, page.fence, null)
  })
  await unlessForbidden(options, async () => {
    for await (const page of walkTasks(client, { ...options, linked: at }))
      for (const row of page.rows) add('task', row, page.fence, null)
  })
  await unlessForbidden(options, async () => {
    for (const { list, entry } of await readMemberships(client, at.object, at.record, options)) {
      const read = await readEntry(client, list, entry, options).catch((error: unknown) => {
        if (isAttioError(error, 'not-found')) return undefined
        throw error
      })
      if (read !== undefined) add('entry', read.data, read.fence, list)
    }
  })
  return changes
}

/** A missing scope for one kind of children must not keep the record and the others away. */
async function unlessForbidden(options: ChildrenOptions, list: () => Promise<void>): Promise<void> {
  try {
    await list()
  } catch (error) {
    if (!isAttioError(error, 'forbidden')) throw error
    options.onSkipped(error.route)
  }
}
