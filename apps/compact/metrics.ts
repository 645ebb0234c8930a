/** What compact measures. Labels are kinds and verdicts of ours, never what a payload says: types never seen are counted together. */
import { type AppContext, counter, gauge, histogram } from '@attio-stream/service'
import type { StageHooks } from '@attio-stream/stream'
import type { CompactOptions } from './stage.ts'

export function compactMetrics(
  registry: AppContext['metrics'],
): Required<Pick<CompactOptions, 'onChange' | 'onUnknownType'>> {
  const changes = counter(registry, {
    name: 'compact_changes_total',
    help: 'Changes by kind and by what became of them; a repeated transaction counts again.',
    labels: ['kind', 'result'],
  })
  const unknown = counter(registry, {
    name: 'compact_unknown_attribute_values_total',
    help: 'Values of an attribute type never seen, kept by their readable parts.',
  })
  return {
    onChange: (kind, result) => changes.inc({ kind: KINDS.has(kind) ? kind : 'unknown', result }),
    onUnknownType: () => unknown.inc(),
  }
}

const KINDS = new Set(['record', 'note', 'task', 'entry', 'object', 'list', 'member'])

/** How the stage itself is doing. `trouble` is told of what failed and is tried again. */
export function stageMetrics(
  registry: AppContext['metrics'],
  trouble: (partition: number, error: unknown) => void,
): StageHooks {
  const messages = counter(registry, { name: 'compact_messages_total', help: 'Messages read.' })
  const seconds = histogram(registry, { name: 'compact_transaction_seconds', help: 'Time one transaction took.' })
  const restores = histogram(registry, { name: 'compact_restore_seconds', help: 'Time taking a partition over took.' })
  const lags = gauge(registry, {
    name: 'compact_lag_messages',
    help: 'Messages not folded yet, by partition.',
    labels: ['partition'],
  })
  const buried = counter(registry, {
    name: 'compact_undecodable_total',
    help: 'Messages buried because their bytes are no change.',
  })
  const troubles = counter(registry, {
    name: 'compact_trouble_total',
    help: 'Failures after which a partition tried again.',
  })
  return {
    messagesIn: (_topic, count) => messages.inc(count),
    transaction: (ms) => seconds.observe(ms / 1000),
    restored: (_partition, ms) => restores.observe(ms / 1000),
    lag: (partition, count) => lags.set({ partition: String(partition) }, count),
    buried: () => buried.inc(),
    trouble(partition, error) {
      troubles.inc()
      trouble(partition, error)
    },
  }
}
