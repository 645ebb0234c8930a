/**
 * The edits the demo plays, each by a person in Attio's screens, and what each store must show afterwards. An expectation
 * gets the document a store shows for a record (undefined: none) and says whether the edit is visible in it.
 */
import type { AttioControl } from '../support/attio-control.ts'
import type { ShownDocument } from '../support/stores.ts'

export interface Expectation {
  readonly record: string
  readonly what: string
  readonly visible: (shown: ShownDocument | undefined) => boolean
}

export interface Edit {
  readonly title: string
  /** Plays it and says what must become visible. `made`: ids that earlier edits left for later ones. */
  play(attio: AttioControl, cast: Cast, made: Map<string, string>): Promise<readonly Expectation[]>
}

/** Records of the demo workspace the edits are about. */
export interface Cast {
  readonly workspace: string
  /** A company that deals and people refer to. */
  readonly company: string
  /** A person that works there. */
  readonly person: string
  /** A deal of the company. */
  readonly deal: string
  readonly doomed: string
  readonly twins: readonly [string, string]
}

const contains = (text: string) => (shown: ShownDocument | undefined) => shown?.text.includes(text) === true
const lacks = (text: string) => (shown: ShownDocument | undefined) => shown !== undefined && !shown.text.includes(text)
const absent = (shown: ShownDocument | undefined) => shown === undefined

const NEW_DEAL = 'Harbour Lane – fleet renewal 2027'
export const NEW_NAME = 'Fjordlicht Energie'
const NOTE = 'They want single sign-on in the base price; the budget is approved until the end of the year.'
const TASK = 'Send the revised quote with the two-year option'

export const EDITS: readonly Edit[] = [
  {
    title: 'a new deal',
    async play(attio, { workspace, company, person }) {
      const { id } = await attio.edit('createRecord', {
        workspace,
        object: 'deals',
        values: {
          name: NEW_DEAL,
          stage: 'In Progress',
          value: { currency_value: 48_000, currency_code: 'EUR' },
          associated_company: company,
          associated_people: [person],
        },
      })
      return [{ record: String(id), what: 'the deal', visible: contains(NEW_DEAL) }]
    },
  },
  {
    title: 'a company renamed',
    async play(attio, { workspace, company, deal, person }) {
      await attio.edit('renameRecord', { workspace, record: company, name: NEW_NAME })
      const what = ['the company', 'its deal', 'its employee']
      return [company, deal, person].map((record, n) => ({
        record,
        what: what[n] as string,
        visible: contains(NEW_NAME),
      }))
    },
  },
  {
    title: 'a note added',
    async play(attio, { workspace, deal }) {
      await attio.edit('createNote', { workspace, record: deal, title: 'Call with the CTO', content: NOTE })
      return [{ record: deal, what: 'the deal', visible: contains(NOTE) }]
    },
  },
  {
    title: 'a task linked to two records',
    async play(attio, { workspace, deal, person }, made) {
      const { id } = await attio.edit('createTask', { workspace, content: TASK, records: [deal, person] })
      made.set('task', String(id))
      return [deal, person].map((record) => ({ record, what: 'a linked record', visible: contains(TASK) }))
    },
  },
  {
    title: 'a task unlinked',
    async play(attio, { workspace, person }, made) {
      await attio.edit('unlinkTask', { workspace, task: made.get('task'), record: person })
      return [{ record: person, what: 'the record that lost it', visible: lacks(TASK) }]
    },
  },
  {
    title: 'a record deleted',
    async play(attio, { workspace, doomed }) {
      await attio.edit('deleteRecord', { workspace, record: doomed })
      return [{ record: doomed, what: 'the record', visible: absent }]
    },
  },
  {
    title: 'two records merged',
    async play(attio, { workspace, twins }) {
      const merged = await attio.edit('mergeRecords', { workspace, primary: twins[0], secondary: twins[1] })
      const survivor = String(merged.newRecordId)
      const dead = twins
        .filter((id) => id !== survivor)
        .map((record) => ({ record, what: 'an original', visible: absent }))
      return [{ record: survivor, what: 'the merged record', visible: (shown) => shown !== undefined }, ...dead]
    },
  },
]
