/** What can be asked, and what of it goes to a store. The most common filters have names of their own. */
import { QuestionError } from './errors.ts'
import { type Checked, checked, type Filter } from './filter.ts'

export const MODES = ['text', 'vector', 'hybrid'] as const
/** By words, by meaning, or both. */
export type Mode = (typeof MODES)[number]
export const TEXT_STORES = ['opensearch', 'postgres'] as const
export type TextStoreName = (typeof TEXT_STORES)[number]

export interface Question {
  /** Nothing of another workspace is ever found. */
  readonly workspace: string
  /** Empty: the newest documents the filters let through. */
  readonly text: string
  /** Default: hybrid where there are stores for it. */
  readonly mode?: Mode | undefined
  /** For words. Default: OpenSearch where there is one. */
  readonly store?: TextStoreName | undefined
  /** 1 to 100, default 10. */
  readonly limit?: number | undefined
  /** company, person, deal, custom, or the slug of an object; any of them. */
  readonly types?: readonly string[] | undefined
  readonly stage?: string | undefined
  /** Of deals: a member's full name or id. */
  readonly owner?: string | undefined
  /** A list's name. */
  readonly list?: string | undefined
  /** The stage in that list. */
  readonly listStage?: string | undefined
  /** Created on this day or instant, or later. */
  readonly createdFrom?: string | undefined
  /** Created on this day or instant, or earlier. */
  readonly createdTo?: string | undefined
  readonly where?: Filter | undefined
}

/** A question as a store gets it. */
export interface Asked {
  readonly workspace: string
  readonly text: string
  readonly filter: Checked
  readonly limit: number
}

const MOST_HITS = 100
const MOST_CHARACTERS = 1_000
const SOURCES: Readonly<Record<string, string>> = {
  company: 'attio_company',
  person: 'attio_person',
  deal: 'attio_deal',
  custom: 'attio_custom_object',
}
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** @throws QuestionError */
export function askedOf(question: Question): Asked {
  const { workspace, limit = 10 } = question
  const text = question.text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, ' ').trim()
  if (!/^[A-Za-z0-9\-_.]{1,80}$/.test(workspace))
    throw new QuestionError('A search needs the id of the workspace it is for.')
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_HITS)
    throw new QuestionError(`The limit is a whole number from 1 to ${MOST_HITS}, not ${limit}.`)
  if (text.length > MOST_CHARACTERS)
    throw new QuestionError(`A question has at most ${MOST_CHARACTERS} characters, not ${text.length}.`)
  return { workspace, text, limit, filter: checked({ kind: 'all', filters: filtersOf(question) }) }
}

function filtersOf(question: Question): readonly Filter[] {
  const { types = [], stage, owner, list, listStage, createdFrom, createdTo, where } = question
  const filters: Filter[] = []
  const is = (field: string, value: string | undefined) => {
    if (value !== undefined) filters.push({ kind: 'is', field, value })
  }
  if (types.length > 0) filters.push({ kind: 'any', filters: types.map(typeFilter) })
  is('stage', stage)
  is(owner !== undefined && UUID.test(owner) ? 'owner_id' : 'owner', owner)
  is('lists', list)
  if (listStage !== undefined) {
    if (list === undefined) throw new QuestionError('A stage in a list needs the name of the list.')
    is('list_stages', `${list}: ${listStage}`)
  }
  if (createdFrom !== undefined) filters.push({ kind: 'range', field: 'created_at', atLeast: createdFrom })
  if (createdTo !== undefined) filters.push({ kind: 'range', field: 'created_at', atMost: createdTo })
  if (where !== undefined) filters.push(where)
  return filters
}

function typeFilter(type: string): Filter {
  const source = SOURCES[type]
  return source === undefined
    ? { kind: 'is', field: 'object_slug', value: type }
    : { kind: 'is', field: 'source', value: source }
}
