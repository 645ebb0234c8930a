/** What compact measures. Labels are kinds and verdicts of ours, never what a payload says: types never seen are counted together. */
import { type AppContext, counter } from '@attio-stream/service'
import type { CompactOptions } from './stage.ts'

export function compactMetrics(
  registry: AppContext['metrics'],
): Required<Pick<CompactOptions, 'onChange' | 'onUnknownType'>> {
  const changes = counter(registry, {
    name: 'compact_changes_total',
    help: 'Changes by kind, by what became of them and by who observed them; a repeated transaction counts again.',
    labels: ['kind', 'result', 'source'],
  })
  const unknown = counter(registry, {
    name: 'compact_unknown_attribute_values_total',
    help: 'Values of an attribute type never seen, kept by their readable parts.',
  })
  return {
    onChange: (kind, result, source = '') =>
      changes.inc({ kind: KINDS.has(kind) ? kind : 'unknown', result, source: SOURCES.has(source) ? source : 'none' }),
    onUnknownType: () => unknown.inc(),
  }
}

const KINDS = new Set(['record', 'note', 'task', 'entry', 'object', 'list', 'member'])
const SOURCES = new Set(['backfill', 'webhook', 'referrer', 'sweep'])
