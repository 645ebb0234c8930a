/** Which fields and operators each attribute type can be filtered by (api.md 2.15). */
import type { Fields, Value } from '../world/model.ts'
import { readInstant } from '../world/time.ts'

export type Scalar = string | number | boolean
export type Operator =
  | '$eq'
  | '$in'
  | '$not_empty'
  | '$contains'
  | '$starts_with'
  | '$ends_with'
  | '$lt'
  | '$lte'
  | '$gt'
  | '$gte'

const RANGES = ['$lt', '$lte', '$gt', '$gte'] as const
const STRINGS = ['$contains', '$starts_with', '$ends_with'] as const

export interface FieldRule {
  readonly operators: readonly Operator[]
  readonly read: (value: Value) => Scalar | null | undefined
  /** Compared as instants, and must be given with date and time. */
  readonly time?: boolean
  readonly fold?: boolean
}
export interface TypeRule {
  /** The field of the shorthand; null when a field must be named. */
  readonly main: string | null
  readonly fields: Readonly<Record<string, FieldRule>>
}

const plain =
  (key: string) =>
  (value: Value): Scalar | null | undefined =>
    (value as unknown as Record<string, Scalar | null>)[key]

function rules(
  main: string | null,
  operators: readonly Operator[],
  names: readonly string[],
  more: Partial<FieldRule> = {},
): TypeRule {
  return { main, fields: Object.fromEntries(names.map((name) => [name, { operators, read: plain(name), ...more }])) }
}

const since: FieldRule = { operators: RANGES, read: (value) => value.from, time: true }
const eqRange: readonly Operator[] = ['$eq', ...RANGES]
const eqStringsEmpty: readonly Operator[] = ['$eq', '$not_empty', ...STRINGS]
const eqStrings: readonly Operator[] = ['$eq', ...STRINGS]

const RULES: Record<Exclude<Fields['attribute_type'], 'opaque'>, TypeRule> = {
  text: rules('value', ['$eq', '$in', '$not_empty', ...STRINGS], ['value']),
  number: rules('value', eqRange, ['value']),
  rating: rules('value', eqRange, ['value']),
  checkbox: rules('value', ['$eq'], ['value']),
  date: rules('value', eqRange, ['value']),
  timestamp: rules('value', eqRange, ['value'], { time: true }),
  currency: {
    main: 'currency_value',
    fields: {
      currency_value: { operators: eqRange, read: plain('currency_value') },
      currency_code: { operators: ['$eq'], read: plain('currency_code') },
    },
  },
  select: { main: 'option', fields: { option: { operators: ['$eq'], read: plain('option') }, active_from: since } },
  status: { main: 'status', fields: { status: { operators: ['$eq'], read: plain('status') }, active_from: since } },
  'record-reference': {
    main: 'target_record_id',
    fields: {
      target_record_id: { operators: ['$eq', '$in'], read: plain('record') },
      target_object: { operators: ['$eq', '$in'], read: plain('object') },
    },
  },
  'actor-reference': rules('referenced_actor_id', ['$eq'], ['referenced_actor_id', 'referenced_actor_type']),
  location: rules(null, eqStrings, [
    'line_1',
    'line_2',
    'line_3',
    'line_4',
    'locality',
    'region',
    'postcode',
    'country_code',
    'latitude',
    'longitude',
  ]),
  domain: rules('domain', eqStringsEmpty, ['domain', 'root_domain'], { fold: true }),
  'email-address': rules(
    'email_address',
    eqStrings,
    ['email_address', 'original_email_address', 'email_domain', 'email_root_domain', 'email_local_specifier'],
    { fold: true },
  ),
  'phone-number': rules('phone_number', eqStringsEmpty, ['phone_number', 'original_phone_number', 'country_code']),
  'personal-name': rules('full_name', eqStringsEmpty, ['full_name', 'first_name', 'last_name']),
  interaction: {
    main: 'interacted_at',
    fields: {
      interacted_at: { operators: eqRange, read: plain('interacted_at'), time: true },
      interaction_type: { operators: ['$eq', '$not_empty'], read: plain('interaction_type') },
      owner_member_id: {
        operators: ['$eq', '$not_empty'],
        read: (value) => (value.attribute_type === 'interaction' ? value.owner_actor.id : undefined),
      },
    },
  },
}

export const ruleOf = (type: string): TypeRule | undefined => RULES[type as keyof typeof RULES]

const order = (a: Scalar, b: Scalar): number => (a < b ? -1 : a > b ? 1 : 0)

/** Compiles one operator on one field; undefined when the operand has the wrong form. */
export function testOf(rule: FieldRule, operator: Operator, operand: unknown): ((value: Value) => boolean) | undefined {
  const fold = (text: Scalar | null | undefined) => (rule.fold && typeof text === 'string' ? text.toLowerCase() : text)
  const read = (value: Value) => {
    const found = rule.read(value)
    return rule.time && typeof found === 'string' ? readInstant(found) : fold(found)
  }
  if (operator === '$not_empty') {
    if (typeof operand !== 'boolean') return undefined
    return (value) => {
      const found = read(value)
      return (found !== null && found !== undefined && found !== '') === operand
    }
  }
  if (operator === '$in') {
    if (!Array.isArray(operand)) return undefined
    const set = new Set(operand.map((each) => fold(each as Scalar)))
    return (value) => set.has(read(value) as Scalar)
  }
  const wanted = rule.time ? readInstant(operand) : fold(operand as Scalar)
  if (wanted === undefined || wanted === null || typeof wanted === 'object') return undefined
  const text = String(wanted)
  const on = (test: (found: Scalar) => boolean) => (value: Value) => {
    const found = read(value)
    return found !== null && found !== undefined && test(found)
  }
  switch (operator) {
    case '$eq':
      return on((found) => found === wanted)
    case '$contains':
      return on((found) => String(found).toLowerCase().includes(text.toLowerCase()))
    case '$starts_with':
      return on((found) => String(found).startsWith(text))
    case '$ends_with':
      return on((found) => String(found).endsWith(text))
    case '$lt':
      return on((found) => order(found, wanted) < 0)
    case '$lte':
      return on((found) => order(found, wanted) <= 0)
    case '$gt':
      return on((found) => order(found, wanted) > 0)
    case '$gte':
      return on((found) => order(found, wanted) >= 0)
  }
}
