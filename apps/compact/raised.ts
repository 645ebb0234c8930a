/**
 * What a read may do to the dead. Attio never gives an id again, so a dead thing that a read raises was most likely read from
 * a copy that trails by more than L: it is shown, because nothing says otherwise, and nominated for one more read, which
 * erases it again when GET says 404 (R4).
 */
import type { Change, Notice } from '@attio-stream/contracts'
import type { Folded } from '@attio-stream/crm'
import type { Output } from '@attio-stream/stream'
import type { Held } from './marks.ts'

const KINDS = new Set(['record', 'note', 'task', 'entry'])
/** Older ones are history that is folded once more (a rebuild), and were confirmed when they were new, ms. */
const RECENT = 24 * 60 * 60 * 1000

/** A notice that has the raised thing read again; nothing when nothing was raised. */
export function confirmation(change: Change, held: Held, result: Folded['kind'], now: number): readonly Output[] {
  const raised = result === 'applied' && held?.deleted === true && !change.gone
  if (!raised || !KINDS.has(change.kind) || now - change.fence > RECENT) return []
  const { workspace_id, kind, id, object_id, list_id } = change
  const value: Notice = {
    workspace_id,
    source: 'sweep',
    event_type: 'reread',
    kind,
    id,
    object_id,
    list_id,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: true,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: now,
  }
  return [{ topic: 'attio.notices', key: id, value, headers: { workspace: workspace_id } }]
}
