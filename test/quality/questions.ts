/**
 * Questions with known answers over the demo workspace. A kind of question says how it is put and, from the truth alone,
 * which records answer it. Those of the kind `meaning` share no telling word with what they look for.
 */
import type { Question } from '@attio-stream/search'
import type { Truth } from '../oracle/truth-of.ts'
import { type Fact, factsOf, mistyped, some } from './facts.ts'

export interface Asking {
  readonly kind: string
  readonly text: string
  readonly filters: Omit<Question, 'workspace' | 'text'>
  /** Record ids, at least one. */
  readonly answers: ReadonlySet<string>
}

export function questionsOn(truth: Truth): readonly Asking[] {
  const facts = factsOf(truth)
  const of = (object: string) => facts.filter((fact) => fact.object === object)
  const asked: Asking[] = []
  const ask = (kind: string, text: string, right: (fact: Fact) => boolean, filters: Asking['filters'] = {}) => {
    const answers = new Set(facts.filter(right).map(({ id }) => id))
    if (answers.size === 0) throw new Error(`No record answers "${text}".`)
    asked.push({ kind, text, filters, answers })
  }
  const [companies, people, deals, projects] = [of('companies'), of('people'), of('deals'), of('projects')]
  const named = (list: readonly Fact[]) =>
    list.filter(
      ({ name }) => /^[\p{Lu}\p{Ll}][\p{L}' -]{5,60}/u.test(name) && !name.startsWith('Unnamed') && name.length < 80,
    )
  const has = (texts: readonly string[], part: string) => texts.some((text) => text.includes(part))

  const scripts = companies.filter(({ name }) =>
    /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Han}]|Rocket|façade/u.test(name),
  )
  for (const { name } of [
    ...some(named(companies), 4),
    ...some(named(people), 4),
    ...some(named(deals), 4),
    ...some(projects, 2),
    ...scripts,
  ])
    ask('exact name', name, (fact) => fact.name === name)
  for (const { name } of [
    ...some(named(companies).slice(3), 3),
    ...some(named(people).slice(3), 3),
    ...some(named(deals).slice(3), 2),
  ])
    ask('name with a typo', mistyped(name), (fact) => fact.name === name)
  for (const { name } of [...some(named(people).slice(5), 2), ...some(named(companies).slice(5), 2)]) {
    const begun = name.slice(0, Math.ceil(name.length * 0.6)).trim()
    ask('begun name', begun, (fact) => fact.name.startsWith(begun))
  }
  for (const person of some(
    people.filter((one) => one.first('job_title') !== '' && one.first('company') !== ''),
    5,
  )) {
    const [job, company] = [person.first('job_title'), person.first('company')]
    ask(
      'job at company',
      `${job} at ${company}`,
      (fact) => fact.first('job_title') === job && fact.first('company') === company,
    )
  }
  for (const slug of ['domains', 'email_addresses', 'phone_numbers'])
    for (const { first } of some(
      facts.filter((fact) => fact.first(slug) !== ''),
      2,
    )) {
      const address = first(slug)
      ask('address', address, (fact) => fact.all(slug).includes(address))
    }
  for (const company of some(
    companies.filter((one) => one.first('description') !== '' && named([one]).length > 0),
    4,
  )) {
    const description = company.first('description')
    ask(
      'description',
      description.replace(company.name.slice(0, 60), '').trim(),
      (fact) => fact.first('description') === description,
    )
  }
  for (const deal of some(
    deals.filter((one) => named([one]).length > 0),
    4,
  )) {
    const [stage, owner, company] = ['stage', 'owner', 'associated_company'].map(deal.first) as Three
    const right = (fact: Fact) =>
      fact.first('stage') === stage && fact.first('owner') === owner && fact.first('associated_company') === company
    ask('deal in words', `deal with ${company} owned by ${owner} in stage ${stage}`, right)
    ask('deal by filters', company, right, { types: ['deal'], stage, owner })
  }
  const notes = facts.flatMap((fact) =>
    fact.notes.flatMap((note) => /(\S.*) forwarded our proposal to procurement/.exec(note)?.[1] ?? []),
  )
  for (const person of some(
    [...new Set(notes)].filter((name) => name.length < 40),
    4,
  ))
    ask('note', `proposal forwarded to procurement by ${person}`, (fact) =>
      has(fact.notes, `${person} forwarded our proposal to procurement`),
    )
  for (const deal of some(
    deals.filter(({ notes: own }) => has(own, 'Frankfurt')),
    2,
  ))
    ask(
      'note',
      `${deal.first('associated_company')}: SOC 2 report and Frankfurt`,
      (fact) => fact.name.startsWith(deal.first('associated_company')) && has(fact.notes, 'Frankfurt'),
    )
  const introductions = facts.flatMap(({ tasks }) =>
    tasks.flatMap((task) => /Ask (.*) for an introduction/.exec(task)?.[1] ?? []),
  )
  for (const person of some(
    [...new Set(introductions)].filter((name) => name.length < 40),
    3,
  ))
    ask('task', `introduction to the CFO by ${person}`, (fact) => has(fact.tasks, `Ask ${person} for an introduction`))
  for (const [stage, priority] of [
    ['Negotiation', 'High'],
    ['Contract', 'Low'],
  ] as const) {
    const right = (fact: Fact) => fact.entries.some((entry) => entry.includes(stage) && entry.includes(priority))
    ask('list in words', `Enterprise pipeline ${stage} priority ${priority}`, right)
    ask('list by filters', `priority ${priority}`, right, { list: 'Enterprise pipeline', listStage: stage })
  }
  for (const project of some(projects, 4)) {
    const [customer, status] = [project.first('customer'), project.first('status')]
    ask(
      'custom object',
      `project for ${customer}, ${status}`,
      (fact) => fact.object === 'projects' && fact.first('customer') === customer && fact.first('status') === status,
    )
  }
  for (const city of ['Tokyo', 'Barcelona', 'München'])
    ask(
      'place',
      `companies in ${city}`,
      (fact) => fact.object === 'companies' && fact.first('primary_location') === city,
      { types: ['company'] },
    )
  for (const [words, meant] of MEANT)
    ask('meaning', words, (fact) => fact.object === 'deals' && has(fact.notes, meant), { types: ['deal'] })
  return asked
}

type Three = [string, string, string]

/** What somebody would ask, and the words of the note that answers it. */
const MEANT: readonly (readonly [words: string, meant: string])[] = [
  ['one login for all employees included in the fee', 'single sign-on in the base price'],
  ['their existing vendor became more expensive', 'Current provider raised prices'],
  ['leaving the agreement at a month of notice', '30-day termination clause'],
  ['must connect with their accounting system', 'Integration with their ERP'],
  ['statistics are slow and not believed by anyone', 'nobody trusts the numbers'],
  ['trial of fourteen days', 'two-week pilot'],
  ['compliance audit before they sign', 'Security review is the gate'],
]
