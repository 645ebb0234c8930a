/** What else belongs to the life of a thing: where its children, or it itself, are filed, and everything shown by name. */
import { type ChildContent, childReferences, nameKey, type RecordContent, recordReferences } from '@attio-stream/crm'
import { type Found, messagesOf, type Reading } from './reading.ts'
import type { StateSeen } from './seen.ts'

/** Under a record: everything of its partition that begins with its id. Of a child: its own, under all its parents. */
export async function attachmentsOf(kind: string, id: string, states: readonly StateSeen[], reading: Reading) {
  const topic = 'crm.attachments' as const
  if (kind === 'record')
    return await messagesOf(reading, { topic, keys: [id], isWanted: ({ key }) => key.startsWith(`${id}/`) })
  const parents = new Set(states.flatMap((state) => state.parents))
  return await messagesOf(reading, { topic, keys: [...parents].map((parent) => `${parent}/${kind}/${id}`) })
}

/** Everything its states and its children ever showed by name. */
export async function namesOf(
  workspace: string,
  states: readonly StateSeen[],
  attachments: { readonly messages: readonly Found<'crm.attachments'>[] },
  reading: Reading,
) {
  const keys = new Set<string>()
  const add = (found: readonly string[]) => found.forEach((key) => void keys.add(key))
  for (const { topic, body } of states)
    if (topic === 'crm.records' && body !== null) add(recordReferences(workspace, JSON.parse(body) as RecordContent))
  for (const { read } of attachments.messages)
    if (read) add(childReferences(workspace, JSON.parse(read.body) as ChildContent))
  for (const { topic, parents } of states)
    if (topic === 'crm.children') add(parents.map((parent) => nameKey(workspace, 'record', parent)))
  return await messagesOf(reading, { topic: 'crm.names', keys })
}
