/** The store under test, as the facts of the conformance suite speak of it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ConformanceOptions, Seen } from './conformance.ts'
import type { Holding, Refusal, Sink, Write } from './sink.ts'

export interface Key {
  readonly id: string
  readonly workspace: string
}
export interface Store {
  sink(): Sink
  readonly forever: AbortSignal
  write(...writes: readonly Write[]): Promise<readonly Refusal[]>
  /** Writes, and asserts that nothing is refused. */
  accept(...writes: readonly Write[]): Promise<void>
  see(workspace: string, id: string): Promise<Seen | undefined>
  /** All it holds of a workspace, by id. */
  held(workspace: string): Promise<readonly Holding[]>
}

export function storeOf(sink: () => Sink, options: Pick<ConformanceOptions, 'see'>): Store {
  const forever = new AbortController().signal
  const write = (...writes: readonly Write[]) => sink().write(writes, forever)
  return {
    sink,
    forever,
    write,
    accept: async (...writes) => assert.deepEqual(await write(...writes), []),
    async see(workspace, id) {
      await sink().refresh()
      return await options.see(sink(), workspace, id)
    },
    async held(workspace) {
      await sink().refresh()
      const found: Holding[] = []
      for await (const holding of sink().scan()) if (holding.workspace === workspace) found.push({ ...holding })
      return found.sort((a, b) => (a.id < b.id ? -1 : 1))
    },
  }
}

export const fresh = (): Key => ({ id: randomUUID(), workspace: randomUUID() })
export const mark = (at: Key, version: number): Holding => ({
  id: at.id,
  workspace: at.workspace,
  version,
  hash: '',
  deleted: true,
})
