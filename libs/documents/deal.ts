/** The document of a deal: where it stands, what it is worth, whose it is, with whom. */
import type { DocumentType, Writing, Written } from './form.ts'
import { actorOf, firstOf, firstText, recordIds, texts } from './metadata.ts'
import { fact, section } from './sections.ts'

export const deal: DocumentType = {
  source: 'attio_deal',
  idPart: 'deal',
  noun: 'Deal',
  alwaysSplit: true,
  write,
}

function write({ attributes, name, shortened, limit }: Writing): Written {
  attributes.take('name')
  const stage = attributes.take('stage')
  const value = attributes.take('value')
  const owner = attributes.take('owner')
  const customer = attributes.take('associated_company')
  const people = attributes.take('associated_people')
  const money = firstOf(value, 'currency')
  const { name: ownerName, id: ownerId } = actorOf(owner)
  return {
    sections: [
      section('DEAL OVERVIEW', [
        ['Name', shortened ? name : undefined],
        fact('Stage', stage, limit),
        fact('Value', value, limit),
        fact('Owner', owner, limit),
        fact('Company', customer, limit),
        fact('People', people, limit),
      ]),
    ],
    metadata: {
      stage: firstText(stage),
      value: money?.amount,
      currency: money?.code ?? undefined,
      owner: ownerName,
      owner_id: ownerId,
      company_ids: recordIds(customer),
      company_names: texts(customer),
      people_ids: recordIds(people),
      people_names: texts(people),
    },
    custom: [],
  }
}
