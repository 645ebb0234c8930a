/**
 * Text to tokens, as an attribute's full-text configuration says: words (the Unicode word boundaries that matter for
 * letters and digits), case, length, stopwords, stemming, folding, in the documented order. English is the one language
 * with stemming and stopwords here.
 */
import { createRequire } from 'node:module'
import type { FullText } from './schema.ts'

/** Snowball's English stemmer; the package has no types. */
const stemmer = createRequire(import.meta.url)('wink-porter2-stemmer') as (word: string) => string

/** https://snowballstem.org/algorithms/english/stop.txt */
const STOPWORDS: ReadonlySet<string> = new Set(
  `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
  itself they them their theirs themselves what which who whom this that these those am is are was were be been being have
  has had having do does did doing would should could ought i'm you're he's she's it's we're they're i've you've we've
  they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't weren't hasn't haven't
  hadn't doesn't don't didn't won't wouldn't shan't shouldn't can't cannot couldn't mustn't let's that's who's what's here's
  there's when's where's why's how's a an the and but if or because as until while of at by for with about against between
  into through during before after above below to from up down in out on off over under again further then once here there
  when where why how all any both each few more most other some such no nor not only own same so than too very`.split(
    /\s+/,
  ),
)

/** Letters and digits with their marks; a dot, apostrophe or comma inside a word or number does not break it. */
const WORD =
  /[\p{L}\p{N}\p{M}_]+(?:[.'’:·](?=\p{L})[\p{L}\p{N}\p{M}_]+|[.,](?=\p{N})[\p{N}\p{M}_]+)*|\p{Extended_Pictographic}/gu
const MARKS = /\p{M}+/gu
const stems = new Map<string, string>()

function stem(word: string): string {
  let known = stems.get(word)
  if (known === undefined) {
    known = stemmer(word)
    if (stems.size > 200_000) stems.clear()
    stems.set(word, known)
  }
  return known
}

export function tokenize(value: string | readonly string[], config: FullText): string[] {
  const words: string[] = []
  if (config.tokenizer === 'pre_tokenized_array') words.push(...(typeof value === 'string' ? [value] : value))
  else for (const text of typeof value === 'string' ? [value] : value) words.push(...(text.match(WORD) ?? []))
  const english = config.language === 'english'
  const tokens: string[] = []
  for (const word of words) {
    if (Buffer.byteLength(word) > config.max_token_length) continue
    let token = config.case_sensitive ? word : word.toLowerCase()
    if (config.remove_stopwords && english && STOPWORDS.has(token.replace('’', "'"))) continue
    if (config.stemming && english) token = stem(token)
    if (config.ascii_folding) token = token.normalize('NFD').replace(MARKS, '')
    if (token) tokens.push(token)
  }
  return tokens
}
