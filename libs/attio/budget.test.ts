import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budgets, RATES, type Share, type Ticket } from './budget.ts'

interface Granted {
  readonly counts: ReadonlyMap<Ticket, number>
  /** How long it took: a busy machine is late. */
  readonly seconds: number
}

/** Requests per ticket kind granted within `ms` or little more, everybody asking at once. */
async function granted(budgets: Budgets, ms: number, tickets: readonly Ticket[], callers = 20): Promise<Granted> {
  const began = performance.now()
  const signal = AbortSignal.timeout(ms)
  const counts = new Map<Ticket, number>(tickets.map((ticket) => [ticket, 0]))
  const loop = async (ticket: Ticket): Promise<void> => {
    const budget = budgets.of('w')
    while (!signal.aborted) {
      try {
        await budget.take(ticket, signal)
        counts.set(ticket, (counts.get(ticket) ?? 0) + 1)
      } catch (error) {
        assert.equal(error, signal.reason)
      }
    }
  }
  await Promise.all(tickets.flatMap((ticket) => Array.from({ length: callers }, () => loop(ticket))))
  return { counts, seconds: (performance.now() - began) / 1000 }
}

test('a workspace never gets more than its rate, and the shares never more than theirs', async () => {
  const of = (share: Share, notes = false): Ticket => ({ share, notes })
  const tickets = [of('live'), of('backfill'), of('sweep'), of('backfill', true)] as const
  const { counts, seconds } = await granted(Budgets.inMemory(RATES), 1_600, tickets)
  const [live = 0, backfill = 0, sweep = 0, notes = 0] = tickets.map((ticket) => counts.get(ticket))
  const most = (rate: number): number => rate * (seconds + 0.25)
  assert.ok(live + backfill + sweep + notes <= most(RATES.total), `${live} ${backfill} ${sweep} ${notes}`)
  assert.ok(backfill + notes <= most(RATES.backfill))
  assert.ok(sweep <= most(RATES.sweep))
  assert.ok(notes <= most(RATES.notes))
  assert.ok(live > 0 && backfill > 0 && sweep > 0 && notes > 0, 'and nobody starves')
})

test('live alone may use the whole rate', async () => {
  const ticket: Ticket = { share: 'live' }
  const enough = RATES.total * 0.8
  let count = 0
  // A machine that is busy may need more than one second to show it.
  for (let attempt = 0; attempt < 10 && count < enough; attempt += 1) {
    const { counts } = await granted(Budgets.inMemory(RATES), 1100, [ticket])
    count = counts.get(ticket) ?? 0
  }
  assert.ok(count >= enough, String(count))
})

test('after a 429 nobody is let through before the wait is over', async () => {
  const budget = Budgets.inMemory({ ...RATES, total: 80 }).of('w')
  await budget.take({ share: 'live' })
  const closed = Date.now()
  await budget.limited(600)
  const shares = ['live', 'backfill', 'sweep'] as const
  const opened = await Promise.all(shares.map((share) => budget.take({ share }).then(() => Date.now() - closed)))
  for (const ms of opened) assert.ok(ms >= 600, `${ms} ms`)
})

test('a shorter wait never ends a longer one', async () => {
  const budget = Budgets.inMemory().of('w')
  const closed = Date.now()
  await budget.limited(700)
  await budget.limited(100)
  await budget.take({ share: 'live' })
  assert.ok(Date.now() - closed >= 700)
})

test('after a 429 requests cost twice as much, and recover with those that pass', async () => {
  const budgets = Budgets.inMemory({ ...RATES, total: 80 })
  const ticket: Ticket = { share: 'live' }
  const budget = budgets.of('w')
  await budget.limited(1)
  const rate = async () => {
    const { counts, seconds } = await granted(budgets, 1000, [ticket])
    return (counts.get(ticket) ?? 0) / seconds
  }
  const slow = await rate()
  assert.ok(slow <= 40 * 1.3, `half the rate: ${slow}`)
  for (let n = 0; n < 40; n += 1) budget.passed()
  // A machine that is busy may need more than one second to show it.
  let fast = 0
  for (let attempt = 0; attempt < 10 && fast <= slow * 1.5; attempt += 1) fast = await rate()
  assert.ok(fast > slow * 1.5, `${slow} then ${fast}`)
})

test('a wait that is over before it is written down closes nobody out', async () => {
  const budget = Budgets.inMemory().of('w')
  await budget.limited(-5)
  await budget.limited(0)
  await budget.take({ share: 'live' }, AbortSignal.timeout(10_000))
})

test('a workspace does not pay for another', async () => {
  const budgets = Budgets.inMemory()
  await budgets.of('a').limited(60_000)
  await budgets.of('b').take({ share: 'live' })
})

test('waiting ends with the signal, also in line behind others', async () => {
  const budget = Budgets.inMemory().of('w')
  await budget.limited(60_000)
  const abort = new AbortController()
  const patient = new AbortController()
  const first = budget.take({ share: 'live' }, patient.signal)
  const second = budget.take({ share: 'live' }, abort.signal)
  abort.abort(new Error('stop'))
  await assert.rejects(second, /stop/)
  patient.abort(new Error('stop too'))
  await assert.rejects(first, /stop too/)
})
