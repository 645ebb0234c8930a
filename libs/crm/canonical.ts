/**
 * The one text of a content: JSON with sorted keys and without absent ones, arrays in their own order. Equal contents give
 * equal text whatever built them, so its hash is the content's identity and the text itself is the body that is kept.
 */

/** Throws TypeError for what JSON cannot hold. */
export function canonical(value: unknown): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : 'null'
    case 'object':
      return Array.isArray(value) ? ofArray(value) : ofObject(value as Readonly<Record<string, unknown>>)
    default:
      throw new TypeError(`canonical: a ${typeof value} has no JSON form`)
  }
}

function ofArray(values: readonly unknown[]): string {
  let text = '['
  for (const value of values) text += text.length === 1 ? canonical(value) : `,${canonical(value)}`
  return `${text}]`
}

function ofObject(object: Readonly<Record<string, unknown>>): string {
  let text = '{'
  for (const key of Object.keys(object).sort()) {
    const value = object[key]
    if (value === undefined) continue
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${canonical(value)}`
  }
  return `${text}}`
}
