/**
 * What people do in Attio's own screens, by name and with plain JSON arguments: the vocabulary of tests, of the demo
 * and of the control plane. Every edit is by a workspace member unless it is the system's, and fires the events of it.
 */
import type { World } from '../world/world.ts'
import { accessEdits } from './access.ts'
import { childEdits } from './children.ts'
import { deskOf } from './desk.ts'
import { listEdits, recordEdits } from './records.ts'
import { schemaEdits } from './schema.ts'

export type Edits = ReturnType<typeof makeEdits>
export type EditName = keyof Edits

export function makeEdits(world: World) {
  const desk = deskOf(world)
  return {
    ...recordEdits(desk),
    ...listEdits(desk),
    ...childEdits(desk),
    ...schemaEdits(desk),
    ...accessEdits(desk),
  }
}
