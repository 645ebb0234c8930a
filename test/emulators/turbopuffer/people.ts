/** Four people in a namespace, the ground the query tests stand on. */
import { type Case, emulatorCase } from './emulator-case.ts'

export const people = [
  { id: 1, vector: [1, 0], name: 'Ann', age: 30, tags: ['python', 'go'], city: 'Leeds/North', vip: true },
  { id: 2, vector: [0.9, 0.1], name: 'bob', age: 40, tags: ['go'], city: 'York', vip: false },
  { id: 3, vector: [0, 1], name: 'Carla', age: 50, tags: ['rust'], city: 'Leeds/South', vip: true },
  { id: 4, vector: [-1, 0], name: 'Dan', tags: [] },
]
const schema = { city: { type: 'string', regex: true, filterable: true } }

export async function filled(t: Parameters<typeof emulatorCase>[0]): Promise<Case> {
  const found = await emulatorCase(t)
  await found.ns.write({ upsert_rows: people, distance_metric: 'cosine_distance', schema })
  return found
}
