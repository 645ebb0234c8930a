/** The filters over full-text attributes: all tokens, any token, tokens in sequence. */
import { filterError } from './api-error.ts'
import type { Predicate } from './predicate.ts'
import type { Attribute } from './schema.ts'
import { tokenize } from './tokens.ts'

const OPERATORS: ReadonlySet<string> = new Set(['ContainsAllTokens', 'ContainsAnyToken', 'ContainsTokenSequence'])

export function tokenPredicate(
  { name, fullText }: Attribute,
  operator: string,
  operand: unknown,
  options: unknown,
): Predicate | undefined {
  if (!OPERATORS.has(operator)) return undefined
  if (!fullText) throw filterError(name, `${operator} requires full-text search to be enabled for the attribute`)
  const pre = fullText.tokenizer === 'pre_tokenized_array'
  if (pre ? !Array.isArray(operand) : typeof operand !== 'string') {
    const got = Array.isArray(operand) ? `[${operand.join(', ')}]` : String(operand)
    throw filterError(name, `type mismatch, ${operator} expects ${pre ? '[]string' : 'string'}, but got '${got}'`)
  }
  const prefix =
    typeof options === 'object' && options !== null && 'last_as_prefix' in options && options.last_as_prefix === true
  const asked = tokenize(operand as string | readonly string[], fullText)
  const last = asked.length - 1
  return {
    matches: (value) => {
      if (value === null) return false
      const tokens = tokenize(value as string | readonly string[], fullText)
      if (operator === 'ContainsTokenSequence') {
        return tokens.some((_, at) => asked.every((token, i) => tokens[at + i] === token))
      }
      const found = (token: string, i: number) =>
        prefix && i === last ? tokens.some((each) => each.startsWith(token)) : tokens.includes(token)
      return operator === 'ContainsAllTokens' ? asked.every(found) : asked.some(found)
    },
  }
}
