/**
 * What the headers of an output say beyond its content: that nobody waits for it, and that it is something a sweep healed.
 * The sweep counts the latter (apps/backfill/healed.ts): exactly, because headers are written with the state or not at all.
 */
import type { Change } from '@attio-stream/contracts'
import type { Output } from '@attio-stream/stream'
import type { ChangeOutcome } from './outcome.ts'

/** What was known before: undefined when nothing. */
export type Held = { readonly deleted: boolean } | undefined

export function marked(change: Change, held: Held, { result, outputs }: ChangeOutcome): readonly Output[] {
  switch (change.source) {
    case 'backfill':
      return outputs.map((output) => withHeaders(output, UNHURRIED))
    case 'sweep': {
      const healed = { ...UNHURRIED, healed: `${change.kind} ${what(change, held)}` }
      return outputs.map((output) => withHeaders(output, result === 'applied' && isState(output) ? healed : UNHURRIED))
    }
    default:
      return outputs
  }
}

/** Says to whoever comes next that nobody waits for it: more about the same record is on its way. */
const UNHURRIED = { source: 'backfill' }

function what({ gone }: Change, held: Held): string {
  if (gone) return 'deleted'
  return held === undefined || held.deleted ? 'created' : 'changed'
}

const isState = ({ topic }: Output): boolean => topic === 'crm.records' || topic === 'crm.children'

function withHeaders(output: Output, more: Readonly<Record<string, string>>): Output {
  return { ...output, headers: { ...output.headers, ...more } }
}
