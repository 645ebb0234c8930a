/** An answer as lines to read: what was found, where in it, and how each store ranked it. */
import type { Answer, Hit, Snippet } from '@attio-stream/search'

export interface Look {
  /** Around matched words. */
  readonly mark: (text: string) => string
  readonly strong: (text: string) => string
}
export const PLAIN: Look = { mark: (text) => text, strong: (text) => text }
export const TERMINAL: Look = {
  mark: (text) => `\u{1b}[33m${text}\u{1b}[39m`,
  strong: (text) => `\u{1b}[1m${text}\u{1b}[22m`,
}

const NOUNS: Readonly<Record<string, string>> = {
  attio_company: 'company',
  attio_person: 'person',
  attio_deal: 'deal',
}
const MOST_SNIPPETS = 2

export function answerLines({ hits, mode, stores, missing }: Answer, look: Look): readonly string[] {
  const head = `${hits.length === 0 ? 'Nothing' : hits.length} found by ${mode} in ${stores.join(' and ')}.`
  const without = missing.map((sentence) => `Without one store: ${sentence}`)
  return [head, ...without, ...hits.flatMap((hit, index) => ['', ...hitLines(hit, index + 1, look)])]
}

function hitLines(hit: Hit, rank: number, look: Look): readonly string[] {
  const noun = NOUNS[hit.source] ?? hit.objectSlug
  const from = hit.from.map(({ store, rank: its, score }) => `${store} ${its} (${score.toFixed(3)})`).join(', ')
  const snippets = hit.snippets.slice(0, MOST_SNIPPETS).map((snippet) => `    ${marked(snippet, look)}`)
  return [
    `${String(rank).padStart(3)} ${look.strong(shown(hit.title))}  ${noun}, ${from}`,
    ...snippets,
    `    ${hit.webUrl ?? hit.documentId}`,
  ]
}

function marked(snippet: Snippet, { mark }: Look): string {
  return snippet.map(({ text, hit }) => (hit ? mark(shown(text)) : shown(text))).join('')
}

/** What a customer wrote must not steer a terminal. */
function shown(text: string): string {
  return text.replaceAll(/[\p{Cc}\u{202a}-\u{202e}\u{2066}-\u{2069}]+/gu, ' ')
}
