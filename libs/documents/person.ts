/** The document of a person: what they do, how to reach them, where they work, the deals they are part of. */
import type { NamedAttribute } from '@attio-stream/crm'
import { line } from './clean.ts'
import type { DocumentType, Writing, Written } from './form.ts'
import { firstOf, firstText, recordIds, texts } from './metadata.ts'
import { type Fact, fact, location, SOCIAL, section, socialLinks } from './sections.ts'
import { referenceName } from './value-text.ts'

export const person: DocumentType = {
  source: 'attio_person',
  idPart: 'person',
  noun: 'Person',
  alwaysSplit: false,
  write,
}

function write({ attributes, name, limit }: Writing): Written {
  attributes.take('name')
  const jobTitle = attributes.take('job_title')
  const description = attributes.take('description')
  const emails = attributes.take('email_addresses')
  const phones = attributes.take('phone_numbers')
  const employer = attributes.take('company')
  const place = attributes.peek('primary_location')
  const social = SOCIAL.flatMap(([slug]) => texts(attributes.peek(slug)) ?? [])
  const deals = attributes.take('associated_deals')
  const users = attributes.take('associated_users')
  return {
    sections: [
      section('PERSON OVERVIEW', [
        ['Name', name],
        fact('Job title', jobTitle, limit),
        fact('Description', description, limit),
      ]),
      section('CONTACT INFORMATION', [fact('E-mails', emails, limit), fact('Phones', phones, limit)]),
      section('COMPANY', companyFacts(employer, limit)),
      location(attributes, limit),
      socialLinks(attributes, limit),
      section('RELATED', [fact('Deals', deals, limit), fact('Users', users, limit)]),
    ],
    metadata: {
      job_title: firstText(jobTitle),
      description: firstText(description),
      emails: texts(emails),
      phones: texts(phones),
      location: firstText(place),
      country: firstOf(place, 'location')?.country ?? undefined,
      social_links: social,
      company_ids: recordIds(employer),
      company_names: texts(employer),
      deal_ids: recordIds(deals),
      deal_names: texts(deals),
    },
    custom: users === undefined ? [] : [users],
  }
}

/** One company as name and domain; should a workspace allow several, all of them on one line. */
function companyFacts(employer: NamedAttribute | undefined, limit: number): readonly Fact[] {
  const only = employer?.total === 1 ? firstOf(employer, 'record-reference') : undefined
  if (only === undefined) return [fact('Companies', employer, limit)]
  const domain = only.card?.domain
  return [
    ['Name', referenceName(only)],
    ['Domain', domain === undefined ? undefined : line(domain)],
  ]
}
