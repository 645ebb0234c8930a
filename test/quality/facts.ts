/** What questions are made of and their answers derived from: plain facts of the truth, without the pipeline's code. */
import { nameOf, oneLine } from '../oracle/readable.ts'
import type { Placed, Raw, Truth } from '../oracle/truth-of.ts'

export interface Fact {
  readonly id: string
  readonly object: string
  readonly name: string
  /** The first value of an attribute as text; '' for none. A reference is the name of what it refers to. */
  readonly first: (slug: string) => string
  readonly all: (slug: string) => readonly string[]
  /** Titles and texts of its notes. */
  readonly notes: readonly string[]
  readonly tasks: readonly string[]
  /** `List: value; value`, one an entry. */
  readonly entries: readonly string[]
}

export function factsOf(truth: Truth): readonly Fact[] {
  return [...truth.records].map(([id, placed]) => factOf(truth, id, placed))
}

function factOf(truth: Truth, id: string, placed: Placed): Fact {
  const all = (slug: string) => (placed.record.values[slug] ?? []).map((raw) => textOf(truth, raw))
  const entries = (truth.entries.get(id) ?? []).map(({ list, entry }) => {
    const values = Object.values(entry.entry_values).flat()
    return `${list}: ${values.map((raw) => textOf(truth, raw)).join('; ')}`
  })
  return {
    id,
    object: placed.object.api_slug,
    name: nameOf(placed),
    all,
    first: (slug) => all(slug)[0] ?? '',
    notes: (truth.notes.get(id) ?? []).map(({ title, content_plaintext }) => `${title}\n${content_plaintext}`),
    tasks: (truth.tasks.get(id) ?? []).map(({ content_plaintext }) => content_plaintext),
    entries,
  }
}

function textOf(truth: Truth, raw: Raw): string {
  const target = truth.records.get(String(raw.target_record_id))
  if (target !== undefined) return nameOf(target)
  if (raw.referenced_actor_id !== undefined) return truth.members.get(String(raw.referenced_actor_id)) ?? ''
  const option = (raw.status ?? raw.option) as { readonly title?: string } | undefined
  const plain = option?.title ?? raw.full_name ?? raw.email_address ?? raw.phone_number ?? raw.domain ?? raw.locality
  return oneLine(String(plain ?? raw.value ?? raw.currency_value ?? ''))
}

/** `count` of them, evenly spread, always the same ones. */
export function some<T>(list: readonly T[], count: number): readonly T[] {
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, n) => list[Math.floor((n * list.length) / count)] as T,
  )
}

/** Two different neighbouring letters from the middle of the longest word on change places. */
export function mistyped(text: string): string {
  const longest = text.split(/[^\p{L}]+/u).reduce((a, b) => (b.length > a.length ? b : a), '')
  let at = text.indexOf(longest) + Math.floor(longest.length / 2)
  while (text[at] === text[at + 1]) at++
  return `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`
}
