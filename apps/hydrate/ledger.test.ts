import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OffsetLedger } from './ledger.ts'

test('an offset is committed only when all before it are done, in whatever order they are done', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      (numbers, picks) => {
        const offsets = numbers.toSorted((a, b) => a - b)
        const ledger = new OffsetLedger()
        for (const offset of offsets) ledger.begin(offset)
        const open = [...offsets]
        const pick = picks[Symbol.iterator]()
        while (open.length > 0) {
          const [offset = -1] = open.splice(pick.next().value % open.length, 1)
          ledger.done(offset)
          const commit = ledger.committable()
          const first = open[0]
          if (first === offsets[0]) assert.equal(commit, undefined)
          else
            assert.equal(
              commit,
              (offsets[(first === undefined ? offsets.length : offsets.indexOf(first)) - 1] ?? -1) + 1,
            )
        }
      },
    ),
  )
})

test('what is committed is not committed again', () => {
  const ledger = new OffsetLedger()
  for (let offset = 0; offset < 5000; offset += 1) ledger.begin(offset)
  for (let offset = 0; offset < 3000; offset += 1) ledger.done(offset)
  assert.equal(ledger.committable(), 3000)
  ledger.committed(3000)
  assert.equal(ledger.committable(), undefined)
  ledger.done(4000)
  assert.equal(ledger.committable(), undefined)
})
