/**
 * People at work: plays edits one after the other at a steady pace until it is stopped, and knows what every store must show
 * when all of them have arrived. Records are taken from the truth of the emulated workspace, each for one purpose.
 */
import { setInterval as ticks } from 'node:timers/promises'
import type { AttioControl } from '../support/attio-control.ts'
import type { Watched } from '../support/freshness.ts'
import type { ShownDocument } from '../support/stores.ts'

interface WireRecord {
  readonly id: { readonly record_id: string }
  readonly values: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

export interface Editor {
  /** Edits played so far. */
  played(): number
  /** Resolves when the last edit is played; throws what an edit threw. */
  stop(): Promise<void>
  /** What the edits so far must lead to. */
  expected(): readonly Watched[]
}

const shows = (text: string) => (shown: ShownDocument | undefined) => shown?.text.includes(text) === true
const hides = (text: string) => (shown: ShownDocument | undefined) => shown !== undefined && !shown.text.includes(text)
const absent = (shown: ShownDocument | undefined) => shown === undefined
const present = (shown: ShownDocument | undefined) => shown !== undefined

export async function startEditor(attio: AttioControl, workspace: string, everyMs: number): Promise<Editor> {
  const cast = await chooseCast(attio, workspace)
  const expected = new Map<string, Watched>()
  const expect = (record: string, what: string, visible: Watched['visible']) =>
    expected.set(`${record} ${what}`, { record, what, visible })
  const forget = (record: string) => {
    for (const [key, watched] of expected) if (watched.record === record) expected.delete(key)
  }
  const turns: readonly ((n: number) => Promise<void>)[] = [
    async (n) => {
      const { company, deal } = at(cast.renamed, n)
      const name = `Umbenannt ${n} GmbH`
      await attio.edit('renameRecord', { workspace, record: company, name })
      expect(company, 'its own new name', shows(name))
      expect(deal, 'the new name of its company', shows(name))
    },
    async (n) => {
      const record = at(cast.noted, n)
      const { id } = await attio.edit('createNote', { workspace, record, title: `Note ${n}`, content: `first ${n}.` })
      await attio.edit('setNoteBody', { workspace, note: id, content: `Zweite Fassung ${n}.` })
      expect(record, `note ${n}`, shows(`Zweite Fassung ${n}.`))
    },
    async (n) => {
      const records = [at(cast.tasked, n), at(cast.tasked, n + 1)] as const
      const content = `Angebot ${n} schicken.`
      const { id } = await attio.edit('createTask', { workspace, content, records })
      await attio.edit('unlinkTask', { workspace, task: id, record: records[1] })
      expect(records[0], `task ${n}`, shows(content))
      expect(records[1], `task ${n} gone`, hides(content))
    },
    async (n) => {
      const { company } = at(cast.renamed, n)
      const name = `Neues Geschäft ${n}.`
      const values = { name, stage: 'In Progress', associated_company: company }
      const { id } = await attio.edit('createRecord', { workspace, object: 'deals', values })
      expect(String(id), 'the new deal', shows(name))
    },
    async () => {
      const record = cast.doomed.pop()
      if (record === undefined) return
      await attio.edit('deleteRecord', { workspace, record })
      forget(record)
      expect(record, 'a deleted record', absent)
    },
    async () => {
      const twins = cast.twins.pop()
      if (twins === undefined) return
      const [primary, secondary] = twins
      const { newRecordId } = await attio.edit('mergeRecords', { workspace, primary, secondary })
      for (const record of twins) if (record !== newRecordId) expect(record, 'a merged record', absent)
      expect(String(newRecordId), 'the survivor', present)
    },
  ]
  const stopping = new AbortController()
  let played = 0
  const running = (async () => {
    for await (const _ of ticks(everyMs)) {
      if (stopping.signal.aborted) return
      await at(turns, played)(played)
      played += 1
    }
  })()
  running.catch(() => {})
  return {
    played: () => played,
    expected: () => [...expected.values()],
    stop() {
      stopping.abort()
      return running
    },
  }
}

/** Which records serve which purpose; none serves two that are in each other's way. */
async function chooseCast(attio: AttioControl, workspace: string) {
  const [deals, people] = await Promise.all(['deals', 'people'].map((slug) => records(attio, workspace, slug)))
  const sold = (deals ?? []).flatMap((deal) => {
    const company = deal.values.associated_company?.[0]?.target_record_id
    return typeof company === 'string' ? [{ company, deal: deal.id.record_id }] : []
  })
  const renamed = [...new Map(sold.map((pair) => [pair.company, pair])).values()].slice(0, 8)
  const kept = new Set(renamed.map(({ deal }) => deal))
  const doomed = (deals ?? []).map(({ id }) => id.record_id).filter((id) => !kept.has(id))
  const ids = (people ?? []).map(({ id }) => id.record_id)
  const rest = ids.slice(20)
  const twins = rest.flatMap((id, n) => (n % 2 === 0 && rest[n + 1] ? [[id, rest[n + 1] as string] as const] : []))
  if (renamed.length < 2 || doomed.length < 2 || twins.length < 2) throw new Error('the workspace is too small')
  return { renamed, noted: ids.slice(0, 10), tasked: ids.slice(10, 20), doomed, twins }
}

async function records(attio: AttioControl, workspace: string, slug: string): Promise<readonly WireRecord[]> {
  const answer = await attio.truth({ kind: 'records', workspace, in: slug })
  return (answer as { readonly data: readonly WireRecord[] }).data
}

function at<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T
}
