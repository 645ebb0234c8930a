/** Messages of crm.names: what a thing is called, for everyone who refers to it. */
import type { Name } from '@attio-stream/contracts'
import { type Card, canonical, type NameKind, nameKey } from '@attio-stream/crm'
import { contentHash, type Output } from '@attio-stream/stream'

interface About {
  readonly workspace: string
  readonly kind: NameKind
  readonly id: string
}

export function nameOutput(about: About, name: string | null, card: Card): Output {
  const text = canonical(card)
  return output(about, { name, deleted: false, card: text, hash: contentHash(canonical([name, text])) })
}

/** Kept as a deleted entry, so that who refers to it can leave it out. */
export function deletedNameOutput(about: About): Output {
  return output(about, { name: null, deleted: true, card: null, hash: contentHash('deleted') })
}

export function forgottenNameOutput({ workspace, kind, id }: About): Output {
  return { topic: 'crm.names', key: nameKey(workspace, kind, id), value: null, headers: { workspace } }
}

function output({ workspace, kind, id }: About, entry: Pick<Name, 'name' | 'deleted' | 'card' | 'hash'>): Output {
  const headers = { workspace, hash: entry.hash, ...(entry.deleted ? { deleted: '1' } : {}) }
  const value = { workspace_id: workspace, kind, id, ...entry }
  return { topic: 'crm.names', key: nameKey(workspace, kind, id), value, headers }
}
