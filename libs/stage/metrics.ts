/** What is measured of a running stage. Labels are partition numbers and words of ours. */
import { type AppContext, counter, deadLetterMetrics, gauge, histogram } from '@attio-stream/service'
import type { RunStageOptions } from '@attio-stream/stream'

type Hooks = NonNullable<RunStageOptions['hooks']>

/** `told`: what is logged besides. */
export function stageMetrics(
  stage: string,
  registry: AppContext['metrics'],
  told: Required<Pick<Hooks, 'trouble' | 'restored' | 'filled' | 'halted' | 'replay'>>,
): Hooks {
  const name = (what: string) => `${stage}_${what}`
  const messages = counter(registry, { name: name('messages_total'), help: 'Messages read.' })
  const seconds = histogram(registry, { name: name('transaction_seconds'), help: 'Time one transaction took.' })
  const restores = histogram(registry, { name: name('restore_seconds'), help: 'Time taking a partition over took.' })
  const fills = histogram(registry, {
    name: name('fill_seconds'),
    help: 'Time from taking a partition over without its disk until its tables were complete.',
  })
  const lags = gauge(registry, {
    name: name('lag_messages'),
    help: 'Messages not processed yet, by partition.',
    labels: ['partition'],
  })
  const owes = gauge(registry, {
    name: name('owed'),
    help: 'Work owed besides direct outputs, by partition and urgency.',
    labels: ['partition', 'urgency'],
  })
  let standsStill = false
  const letters = deadLetterMetrics(registry, () => standsStill)
  const troubles = counter(registry, {
    name: name('trouble_total'),
    help: 'Failures after which a partition tried again.',
  })
  return {
    replay: told.replay,
    messagesIn: (_topic, count) => messages.inc(count),
    transaction: (ms) => seconds.observe(ms / 1000),
    restored(partition, ms, read) {
      restores.observe(ms / 1000)
      told.restored(partition, ms, read)
    },
    filled(partition, ms, read) {
      fills.observe(ms / 1000)
      told.filled(partition, ms, read)
    },
    owed(partition, { live, background }) {
      owes.set({ partition: String(partition), urgency: 'live' }, live)
      owes.set({ partition: String(partition), urgency: 'background' }, background)
    },
    lag: (partition, count) => lags.set({ partition: String(partition) }, count),
    buried: (_topic, fault) => letters.buried(stage, fault),
    halted(reason) {
      standsStill = true
      told.halted(reason)
    },
    trouble(partition, error) {
      troubles.inc()
      told.trouble(partition, error)
    },
  }
}
