/** What people do in Attio that fires no event: only a sweep can find it. */
import type { AttioApp } from '../emulators/attio/index.ts'
import { pick } from '../emulators/attio/world/random.ts'
import type { Desk } from '../oracle/random-edits.ts'

/** Options by which no other edit calls them. */
const RENAMED: readonly (readonly [holder: string, attribute: string, but: readonly string[]])[] = [
  ['companies', 'tier', ['Gold']],
  ['projects', 'status', []],
  ['newsletter', 'topics', []],
]

type Silent = (desk: Desk, attio: AttioApp, workspace: string) => unknown

const EDITS: readonly (readonly [what: string, edit: Silent])[] = [
  ['a note moved', (d) => d.edit.moveNote({ note: d.note(), record: d.record() })],
  [
    'an option renamed',
    (d, { world }, workspace) => {
      const [holder, attribute, but] = pick(d.random, RENAMED)
      const { objects, lists } = world.workspace(workspace)
      const home = [...objects.values(), ...lists.values()].find(({ slug }) => slug === holder)
      const options = home?.attributes.find(({ slug }) => slug === attribute)?.options ?? []
      const option = pick(
        d.random,
        options.filter(({ title }) => !but.includes(title)),
      )
      return d.edit.renameOption({ in: holder, attribute, option: option.id, title: d.word('Option') })
    },
  ],
  [
    'a member renamed',
    (d, { world }, workspace) => {
      const member = pick(d.random, [...world.workspace(workspace).members.keys()])
      return d.edit.renameMember({ member, first: d.word('Kim'), last: 'Vogt' })
    },
  ],
  [
    'a history rewritten',
    (d) =>
      d.edit.rewriteHistory({
        record: d.record('people'),
        attribute: 'job_title',
        versions: [{ value: d.word('Chief'), active_from: '2025-03-01T00:00:00.000000000Z' }],
      }),
  ],
  ['an object enabled', (d) => d.edit.enableObject({ object: 'deals' })],
]

/** One of them by chance; gives what was done. */
export function silently(desk: Desk, attio: AttioApp, workspace: string): string {
  const [what, edit] = pick(desk.random, EDITS)
  try {
    return `${what} ${JSON.stringify(edit(desk, attio, workspace))}`
  } catch (error) {
    if (error instanceof RangeError) return `${what} not possible`
    throw error
  }
}
