/**
 * What was decided about letters, in the control database: the topic they lie in can only be appended to, and a decision has
 * to be taken once, also by two people at the same moment. No decision: the letter is open. Decisions outlive the letters a
 * little and are then forgotten.
 */
import type { Control } from '@attio-stream/service'

export type Verdict = 'redriven' | 'superseded' | 'dropped'

export interface Decision {
  readonly verdict: Verdict
  readonly by: string
  /** ms */
  readonly at: number
}

export interface Decisions {
  all(): Promise<ReadonlyMap<string, Decision>>
  /**
   * Does the work and keeps its verdict; undefined leaves the letter open. While it is done nobody else can decide about this
   * letter. `decided`: somebody has already, and nothing was done. What the work throws leaves the letter open too.
   */
  decide(id: string, by: string, work: () => Promise<Verdict | undefined>): Promise<Verdict | 'decided' | undefined>
}

/** crm.dead-letters keeps letters for 30 days. */
const KEPT_FOR = 60 * 24 * 60 * 60 * 1000

type DecisionTables = {
  readonly letter_decisions: {
    readonly letter_id: string
    readonly decision: Verdict
    readonly decided_by: string
    readonly decided_at: Date
  }
}

/** Thrown to take the row back. */
class LeftOpen extends Error {}

export function decisionsIn(control: Control): Decisions {
  const db = control.db.withTables<DecisionTables>()
  return {
    async all() {
      await db
        .deleteFrom('letter_decisions')
        .where('decided_at', '<', new Date(Date.now() - KEPT_FOR))
        .execute()
      const rows = await db.selectFrom('letter_decisions').selectAll().execute()
      return new Map(
        rows.map((row) => [row.letter_id, { verdict: row.decision, by: row.decided_by, at: row.decided_at.getTime() }]),
      )
    },
    async decide(id, by, work) {
      try {
        return await db.transaction().execute(async (transaction) => {
          const row = { letter_id: id, decision: 'redriven', decided_by: by, decided_at: new Date() } as const
          // Waits for whoever has inserted the same and is not done.
          const { numInsertedOrUpdatedRows: inserted } = await transaction
            .insertInto('letter_decisions')
            .values(row)
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirst()
          if (inserted !== 1n) return 'decided'
          const decision = await work()
          if (decision === undefined) throw new LeftOpen()
          await transaction.updateTable('letter_decisions').set({ decision }).where('letter_id', '=', id).execute()
          return decision
        })
      } catch (error) {
        if (error instanceof LeftOpen) return undefined
        throw error
      }
    },
  }
}

/** For tests and simulations. */
export function decisionsInMemory(): Decisions {
  const decisions = new Map<string, Decision>()
  const busy = new Map<string, Promise<unknown>>()
  return {
    all: async () => new Map(decisions),
    decide(id, by, work) {
      const turn = (busy.get(id) ?? Promise.resolve()).then(async () => {
        if (decisions.has(id)) return 'decided'
        const verdict = await work()
        if (verdict !== undefined) decisions.set(id, { verdict, by, at: Date.now() })
        return verdict
      })
      busy.set(
        id,
        turn.catch(() => {}),
      )
      return turn
    },
  }
}
