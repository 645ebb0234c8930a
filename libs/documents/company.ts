/** The document of a company: who they are, their size and reach, the people and deals there. */
import type { DocumentType, Writing, Written } from './form.ts'
import { firstOf, firstText, recordIds, texts } from './metadata.ts'
import { fact, location, SOCIAL, section, socialLinks } from './sections.ts'

export const company: DocumentType = {
  source: 'attio_company',
  idPart: 'company',
  noun: 'Company',
  alwaysSplit: false,
  write,
}

function write({ attributes, name, limit }: Writing): Written {
  attributes.take('name')
  const description = attributes.take('description')
  const domains = attributes.take('domains')
  const categories = attributes.take('categories')
  const employees = attributes.take('employee_range')
  const revenue = attributes.take('estimated_arr_usd')
  const funding = attributes.take('funding_raised_usd')
  const founded = attributes.take('foundation_date')
  const strength = attributes.take('strongest_connection_strength')
  const last = attributes.take('last_interaction')
  const next = attributes.take('next_interaction')
  const place = attributes.peek('primary_location')
  const social = SOCIAL.flatMap(([slug]) => texts(attributes.peek(slug)) ?? [])
  const team = attributes.take('team')
  const deals = attributes.take('associated_deals')
  const workspaces = attributes.take('associated_workspaces')
  const raised = firstOf(funding, 'currency')
  return {
    sections: [
      section('COMPANY OVERVIEW', [
        ['Name', name],
        fact('Description', description, limit),
        fact('Domains', domains, limit),
        fact('Categories', categories, limit),
      ]),
      section('BUSINESS DETAILS', [
        fact('Employee range', employees, limit),
        fact('Estimated ARR', revenue, limit),
        fact('Funding raised', funding, limit),
        fact('Founded', founded, limit),
        fact('Connection strength', strength, limit),
        fact('Last interaction', last, limit),
        fact('Next interaction', next, limit),
      ]),
      location(attributes, limit),
      socialLinks(attributes, limit),
      section('RELATED', [
        fact('Team', team, limit),
        fact('Deals', deals, limit),
        fact('Workspaces', workspaces, limit),
      ]),
    ],
    metadata: {
      description: firstText(description),
      domains: texts(domains),
      categories: texts(categories),
      employee_range: firstText(employees),
      estimated_arr: firstText(revenue),
      funding_raised: raised?.amount,
      funding_currency: raised?.code ?? undefined,
      foundation_date: firstOf(founded, 'date')?.date,
      connection_strength: firstText(strength),
      last_interaction_at: firstOf(last, 'interaction')?.at,
      next_interaction_at: firstOf(next, 'interaction')?.at,
      location: firstText(place),
      country: firstOf(place, 'location')?.country ?? undefined,
      social_links: social,
      people_ids: recordIds(team),
      people_names: texts(team),
      deal_ids: recordIds(deals),
      deal_names: texts(deals),
    },
    custom: workspaces === undefined ? [] : [workspaces],
  }
}
