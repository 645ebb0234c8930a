/**
 * The input of the restart benchmark: changes of companies and people as ingestion writes them, about 1.5 KB each as Attio
 * sends them. One record in ten is a company, the others work there.
 */
import type { Change } from '@attio-stream/contracts'
import type { Output } from '@attio-stream/stream'
import { objectId, recordId, WORKSPACE } from './join-world.ts'

const ENVELOPE = {
  active_from: '2026-01-29T08:22:24.889000000Z',
  active_until: null,
  created_by_actor: { type: 'system', id: null },
}
const LONG =
  'Buys through a reseller and asks for one invoice a year. Wants single sign-on and a fixed price for three years. '
const value = (attribute_type: string, more: object) => ({ ...ENVELOPE, attribute_type, ...more })

export const keyOf = (index: number): string => recordId(kindOf(index), index)
const kindOf = (index: number) => (index % 10 === 0 ? 'company' : 'person')

/** `revision` makes it differ from what was read before, and be read later. */
export function changeOf(index: number, revision = 0): Output {
  const kind = kindOf(index)
  const id = keyOf(index)
  const description = [value('text', { value: `${LONG.repeat(3)}${revision}` })]
  const [first, last] = ['Person', String(index)]
  const company = keyOf(index - (index % 10))
  const values =
    kind === 'company'
      ? { name: [value('text', { value: `Company ${index}` })], description }
      : {
          name: [value('personal-name', { first_name: first, last_name: last, full_name: `${first} ${last}` })],
          company: [value('record-reference', { target_object: 'companies', target_record_id: company })],
          job_title: [value('text', { value: 'Head of Purchasing' })],
          description,
        }
  const payload = JSON.stringify({
    id: { workspace_id: WORKSPACE, object_id: objectId(kind), record_id: id },
    created_at: '2026-09-02T10:00:00.123000000Z',
    web_url: `https://app.attio.com/acme/${kind}/${id}`,
    values,
  })
  const change: Change = {
    workspace_id: WORKSPACE,
    kind: 'record',
    id,
    object_id: objectId(kind),
    list_id: null,
    fence: 1_000_000 + revision,
    source: 'webhook',
    gone: false,
    payload,
  }
  return { topic: 'attio.changes', key: id, value: change, headers: { workspace: WORKSPACE } }
}
