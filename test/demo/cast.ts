/** Chooses, from what is true in the emulated workspace, the records the demo's edits are about. */
import type { AttioControl } from '../support/attio-control.ts'
import type { Cast } from './scenario.ts'

interface WireRecord {
  readonly id: { readonly record_id: string }
  readonly values: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

export async function chooseCast(attio: AttioControl, workspace: string): Promise<Cast> {
  const [deals, people] = await Promise.all(['deals', 'people'].map((slug) => records(attio, workspace, slug)))
  const employer = new Map((people ?? []).map((person) => [person.id.record_id, target(person, 'company')]))
  const deal = deals?.find((each) => {
    const company = target(each, 'associated_company')
    const person = target(each, 'associated_people')
    return company !== undefined && person !== undefined && employer.get(person) === company
  })
  const company = deal && target(deal, 'associated_company')
  const person = deal && target(deal, 'associated_people')
  const others = (deals ?? []).map(({ id }) => id.record_id).filter((id) => id !== deal?.id.record_id)
  const extras = (people ?? []).map(({ id }) => id.record_id).filter((id) => id !== person)
  const [doomed, first, second] = [others[0], extras[0], extras[1]]
  if (!deal || !company || !person || !doomed || !first || !second)
    throw new Error('The demo workspace has no deal with a company and one of its people: seed it with another number.')
  return { workspace, company, person, deal: deal.id.record_id, doomed, twins: [first, second] }
}

async function records(attio: AttioControl, workspace: string, slug: string): Promise<readonly WireRecord[]> {
  const answer = (await attio.truth({ kind: 'records', workspace, in: slug })) as {
    readonly data: readonly WireRecord[]
  }
  return answer.data
}

function target(record: WireRecord, slug: string): string | undefined {
  const id = record.values[slug]?.[0]?.target_record_id
  return typeof id === 'string' ? id : undefined
}
