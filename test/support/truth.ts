/** What the emulated Attio holds, to compare with what the stores show. */
import assert from 'node:assert/strict'
import type { AttioControl, EmulatedWorkspace } from './attio-control.ts'
import type { Store } from './stores.ts'

const SOURCES: Readonly<Record<string, string>> = {
  companies: 'attio_company',
  people: 'attio_person',
  deals: 'attio_deal',
}

/** Ids of all records of enabled objects, sorted; and how many there are by the source their documents have. */
export async function truth(attio: AttioControl, { id }: EmulatedWorkspace) {
  const { data } = (await attio.truth({ kind: 'ids', workspace: id })) as {
    readonly data: { readonly records: Readonly<Record<string, readonly string[]>> }
  }
  const counts = new Map<string, number>()
  for (const [slug, ids] of Object.entries(data.records)) {
    const source = SOURCES[slug] ?? 'attio_custom_object'
    if (ids.length > 0) counts.set(source, (counts.get(source) ?? 0) + ids.length)
  }
  return { ids: Object.values(data.records).flat().sort(), counts }
}

/** Every store shows as many documents of each kind as Attio has records. */
export async function assertCounts(stores: readonly Store[], counts: ReadonlyMap<string, number>): Promise<void> {
  for (const store of stores) {
    const shown = [...(await store.counts())].filter(([, count]) => count > 0)
    assert.deepEqual(shown.sort(), [...counts].sort(), `documents in ${store.name}`)
  }
}
