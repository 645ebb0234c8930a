/**
 * A condition as people type it: `value>=10000`, `custom_text_tier=Gold`, `stage!=Lost`, `custom_date_renewal<2027-01-31`,
 * `employee_range=*` (has one). The type of the field says how its right side is read.
 */
import { QuestionError } from './errors.ts'
import { type Field, fieldOf } from './fields.ts'
import type { Filter, Value } from './filter.ts'

const CONDITION = /^\s*([\p{L}\p{N}_-]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$/su
const BOUND = { '>=': 'atLeast', '<=': 'atMost', '>': 'above', '<': 'below' } as const

/** @throws QuestionError */
export function conditionOf(text: string): Filter {
  const [, name = '', operator = '', right = ''] = CONDITION.exec(text) ?? []
  if (name === '' || right === '')
    throw new QuestionError(`"${text.slice(0, 100)}" is no condition; one looks like value>=10000 or stage=Won.`)
  const field = fieldOf(name)
  if (right === '*' && operator === '=') return { kind: 'exists', field: name }
  const value = readAs(field, right)
  switch (operator) {
    case '=':
      return { kind: 'is', field: name, value }
    case '!=':
      return { kind: 'not', filter: { kind: 'is', field: name, value } }
    default:
      return { kind: 'range', field: name, [BOUND[operator as keyof typeof BOUND]]: value }
  }
}

/** What cannot be read stays text: the check of the filter says what the field takes. */
function readAs({ type }: Field, text: string): Value {
  switch (type) {
    case 'number':
    case 'integer':
      return Number.isNaN(Number(text)) ? text : Number(text)
    case 'boolean':
      return text === 'true' || text === 'yes' ? true : text === 'false' || text === 'no' ? false : text
    case 'keyword':
    case 'keyword[]':
    case 'text':
    case 'date':
      return text
  }
}
