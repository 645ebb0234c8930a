/** What in a question names a record all by itself: an e-mail address, a domain, a phone number, a record's id. */

/** Metadata that identifies; the values of a question are looked for in all of them. */
export const IDENTIFYING = ['emails', 'domains', 'phones', 'record_id'] as const

const WORD = /[^\s,;<>()"']+/gu
const EMAIL_OR_DOMAIN = /^[\p{L}\p{N}][\p{L}\p{N}._%+-]*(@[\p{L}\p{N}.-]+)?\.[\p{L}]{2,}$/u
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/
const PHONE = /\+?\d[\d\s()./-]{5,}\d/g
const MOST = 10

/** As metadata has them: lower case, phone numbers as + and digits. */
export function identifiersIn(text: string): readonly string[] {
  const lower = text.toLowerCase()
  const words = (lower.match(WORD) ?? []).map((word) =>
    word.replace(/^https?:\/\/(www\.)?/, '').replace(/[/?#].*$|[.:]+$/, ''),
  )
  const named = words.filter((word) => EMAIL_OR_DOMAIN.test(word) || UUID.test(word))
  const phones = words.some((word) => UUID.test(word)) ? [] : (lower.match(PHONE) ?? [])
  return [...new Set([...named, ...phones.map((phone) => `+${phone.replaceAll(/\D/g, '')}`)])].slice(0, MOST)
}
