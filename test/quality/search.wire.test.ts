/**
 * Searches on the real OpenSearch and Postgres and the turbopuffer emulator, filled by the real sinks: the questions with known
 * answers, and that filters, workspaces, highlights and deletions mean the same in every store.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { plainText, type Question, QuestionError, SearchStoreError } from '@attio-stream/search'
import { openControl } from '@attio-stream/service'
import { givenDelete } from '@attio-stream/sink/given'
import { sql } from 'kysely'
import { type Corpus, demoCorpus } from './corpus.ts'
import { type FilledStores, filledStores } from './filled-stores.ts'
import { alpha, beta, dead, foreign, gamma, stranger, workspace } from './given-deals.ts'
import { outcomes, type Score, scores, WAYS, type Way } from './measure.ts'
import { questionsOn } from './questions.ts'

let stores: FilledStores
let corpus: Corpus
const TEXT = WAYS.filter(({ mode }) => mode === 'text')
const EACH = WAYS.filter(({ mode }) => mode !== 'hybrid')

before(async () => {
  corpus = await demoCorpus()
  stores = await filledStores()
  await stores.write(corpus.writes)
  await stores.write([alpha, beta, gamma, foreign, dead])
  await stores.write([givenDelete({ id: dead.id, workspace, version: 2 })])
})
after(async () => stores?.[Symbol.asyncDispose]())

const find = async ({ mode, store }: Way, more: Partial<Question>) =>
  (await stores.search.find({ workspace, text: 'licence', mode, store, ...more })).hits
const names = async (way: Way, more: Partial<Question>) =>
  (await find(way, more)).map(({ title }) => title.split(' ')[0]).sort()

describe('questions with known answers', () => {
  const reached = new Map<string, ReadonlyMap<string, Score>>()
  const of = async (way: string, kind: string): Promise<Score> => {
    const asked = questionsOn(corpus.truth)
    assert.ok(asked.length >= 40)
    const one = WAYS.find(({ name }) => name === way) ?? assert.fail(way)
    if (!reached.has(way)) reached.set(way, scores(await outcomes(stores.search, corpus.workspace, asked, one)))
    return reached.get(way)?.get(kind) ?? assert.fail(`no questions of the kind ${kind}`)
  }

  test('a document whose title is asked for is first by words and by both', async () => {
    for (const way of ['Postgres text', 'OpenSearch text', 'hybrid'])
      assert.deepEqual(await of(way, 'exact name'), { ...(await of(way, 'exact name')), recall: 1, mrr: 1 }, way)
  })

  test('an address finds whose it is, first', async () => {
    for (const way of ['Postgres text', 'OpenSearch text', 'hybrid']) {
      const { recall, mrr } = await of(way, 'address')
      assert.deepEqual([recall, mrr], [1, 1], way)
    }
  })

  test('misspelt and half-typed names are found by words in OpenSearch', async () => {
    for (const kind of ['name with a typo', 'begun name']) {
      const { recall, mrr } = await of('OpenSearch text', kind)
      assert.ok(recall === 1 && mrr >= 0.8, `${kind}: ${recall} / ${mrr}`)
    }
  })

  test('all kinds of questions together are answered as well as is recorded', async () => {
    const least = {
      'Postgres text': [0.9, 0.8],
      'OpenSearch text': [0.9, 0.88],
      vector: [0.75, 0.55],
      hybrid: [0.9, 0.8],
    }
    for (const [way, [recall = 1, mrr = 1]] of Object.entries(least)) {
      const score = await of(way, 'all')
      assert.ok(score.recall >= recall && score.mrr >= mrr, `${way}: ${score.recall} / ${score.mrr}`)
    }
  })
})

describe('in every store', () => {
  const same = (what: string, more: Partial<Question>, expected: readonly string[]) =>
    test(what, async () => {
      for (const way of EACH) assert.deepEqual(await names(way, more), expected, way.name)
    })
  const all = ['Alpha', 'Beta', 'Gamma']
  const where = (filter: Question['where']) => ({ where: filter })

  same('the dead and other workspaces are never found', {}, all)
  same(
    'nothing of a workspace is found in another, whatever is filtered by',
    { workspace: stranger, stage: 'In Progress' },
    ['Alpha'],
  )
  same('a workspace without documents has none', { workspace: randomUUID() }, [])
  same('a filter by type', { types: ['deal'] }, all)
  same('a filter by another type', { types: ['company', 'projects'] }, [])
  same('a filter by the slug of an object', { types: ['company', 'deals'] }, all)
  same('a filter by stage', { stage: 'Won' }, ['Beta'])
  same('a filter by an owner with a quote in the name', { owner: "Pat O'Brien" }, ['Beta'])
  same('a filter by list', { list: 'Forecast' }, ['Alpha'])
  same('a filter by the stage in a list', { list: 'Pipeline', listStage: 'Contract' }, ['Beta'])
  same('a filter by days, both included', { createdFrom: '2026-09-02', createdTo: '2026-09-02' }, ['Alpha', 'Beta'])
  same('a filter by an instant', { createdFrom: '2026-10-10T08:30:00Z' }, ['Gamma'])
  same('a range of numbers', where({ kind: 'range', field: 'value', above: 900, atMost: 48_000 }), ['Alpha'])
  same('a number that is equal', where({ kind: 'is', field: 'custom_number_seats', value: 4 }), ['Beta'])
  same('a custom text, one of several', where({ kind: 'is', field: 'custom_text_tier', value: 'Old' }), ['Alpha'])
  same('a custom date', where({ kind: 'is', field: 'custom_date_renewal', value: '2027-01-31' }), ['Alpha'])
  same('a custom flag', where({ kind: 'is', field: 'custom_flag_vip', value: false }), ['Beta'])
  same('presence', where({ kind: 'exists', field: 'custom_text_tier' }), ['Alpha', 'Beta'])
  same('absence', where({ kind: 'not', filter: { kind: 'exists', field: 'lists' } }), ['Gamma'])
  same(
    'a denial, which the absent meets',
    where({ kind: 'not', filter: { kind: 'is', field: 'stage', value: 'Won' } }),
    ['Alpha', 'Gamma'],
  )
  same('one of several values', where({ kind: 'oneOf', field: 'stage', values: ['Won', 'Lost', 'In Progress'] }), [
    'Alpha',
    'Beta',
  ])
  same('none of no values', where({ kind: 'oneOf', field: 'stage', values: [] }), [])
  same('the name, whole', where({ kind: 'is', field: 'name', value: 'Beta licence' }), ['Beta'])

  test('an unknown custom attribute is told with those of the workspace, and none of another', async () => {
    for (const way of EACH)
      await assert.rejects(
        find(way, where({ kind: 'is', field: 'custom_text_teir', value: 'Gold' })),
        (error: Error) =>
          error instanceof QuestionError &&
          error.message.includes('custom_text_tier') &&
          !error.message.includes('secret'),
        way.name,
      )
  })

  test('a hit says which document it is, where it was found, and shows the words', async () => {
    for (const way of WAYS) {
      const [hit] = await find(way, { text: 'discount for the alpha licence' })
      assert.equal(hit?.recordId, alpha.id, way.name)
      assert.equal(hit.documentId, alpha.document.id)
      assert.equal(hit.webUrl, alpha.document.webUrl)
      assert.equal(hit.source, 'attio_deal')
      assert.equal(new Date(hit.createdAt).toISOString(), alpha.document.createdAt)
      assert.deepEqual(hit.metadata, alpha.document.metadata, way.name)
      const words = hit.snippets
        .flat()
        .filter(({ hit: marked }) => marked)
        .map(({ text }) => text.toLowerCase())
      assert.ok(words.includes('licence'), `${way.name}: ${hit.snippets.map(plainText).join(' | ')}`)
      assert.equal(hit.from.length, way.mode === 'hybrid' ? 2 : 1)
    }
  })

  test('questions made of anything are answered or refused with a sentence, never an error of the store', async () => {
    const odd = [
      '"',
      "'",
      '\\',
      'a & | ! ( ) : *',
      '🚀',
      'the of',
      '((((',
      'title:alpha OR *',
      '\u{e000}x',
      'a\u0000b',
      '+1 2',
      '株式会社',
    ]
    for (const way of WAYS)
      for (const text of odd) assert.ok(Array.isArray(await find(way, { text })), `${way.name}: ${text}`)
    await assert.doesNotReject(find(WAYS[3] as Way, { text: 'licence '.repeat(120).trim() }))
  })
})

test('without words the newest documents come first', async () => {
  for (const way of TEXT) {
    const hits = await find(way, { text: '' })
    assert.equal(hits[0]?.title, 'Gamma licence', way.name)
    assert.equal(hits.length, 3, way.name)
    assert.deepEqual(await names(way, { text: '', stage: 'Won' }), ['Beta'], way.name)
  }
})

test('the more telling part of a question decides: the name before the words around it', async () => {
  for (const way of TEXT) {
    const [hit] = await find(way, { text: 'what about the discount in the beta licence' })
    assert.equal(hit?.title, 'Beta licence', way.name)
  }
})

test('a store that is away is named, with what to look at, and hybrid goes on without it', async () => {
  const away = stores.open({ TURBOPUFFER_BASE_URL: 'http://127.0.0.1:1' })
  const { hits, missing, stores: asked } = await away.find({ workspace, text: 'alpha licence' })
  assert.equal(hits[0]?.title, 'Alpha licence')
  assert.deepEqual(asked, ['opensearch'])
  assert.match(missing[0] ?? '', /turbopuffer did not answer; look at TURBOPUFFER_BASE_URL/)
  const nowhere = 'postgres://nobody@127.0.0.1:1/none'
  const failures: readonly (readonly [Way['name'], Readonly<Record<string, string>>, RegExp])[] = [
    ['Postgres text', { DATABASE_URL: nowhere }, /Postgres did not answer/],
    ['OpenSearch text', { OPENSEARCH_URL: 'http://127.0.0.1:1' }, /look at OPENSEARCH_URL/],
    ['vector', { TURBOPUFFER_API_KEY: 'wrong' }, /look at TURBOPUFFER_API_KEY/],
    ['vector', { DATABASE_URL: nowhere }, /which namespace of turbopuffer is live; look at DATABASE_URL/],
  ]
  for (const [name, environment, look] of failures) {
    const { mode, store } = WAYS.find((way) => way.name === name) as Way
    const failure = stores.open(environment).find({ workspace, text: 'x', mode, store })
    await assert.rejects(failure, (error: Error) => error instanceof SearchStoreError && look.test(error.message))
  }
})

test('the namespace that is read is the one the control database names as live', async () => {
  const databaseUrl = String(stores.environment.DATABASE_URL)
  const vector = { workspace, text: 'alpha licence', mode: 'vector' } as const
  assert.equal((await stores.search.find(vector)).hits.length, 3, 'the first, while none is named')
  const control = await openControl({ databaseUrl, poolSize: 1 })
  try {
    const live = (number: number) =>
      sql`insert into control.generations (cell, sink, number, format, schema, model, places, state)
        values ('', 'turbopuffer', ${number}, '1', '', '', '{}', 'live')`.execute(control.db)
    const retire = () => sql`update control.generations set state = 'retired'`.execute(control.db)
    await live(2)
    assert.deepEqual((await stores.search.find(vector)).hits, [], 'nothing is in the second one')
    await retire()
    await live(1)
    assert.equal((await stores.search.find(vector)).hits.length, 3)
  } finally {
    await control.close()
  }
})

test('npm run search prints what is found, ends with 1 when nothing is, and says what is wrong', async () => {
  const script = join(import.meta.dirname, '../../apps/search/main.ts')
  const run = (...args: readonly string[]) =>
    new Promise<{ code: number; out: string }>((resolve) =>
      execFile(
        process.execPath,
        [script, ...args],
        { cwd: tmpdir(), env: { PATH: process.env.PATH, ...stores.environment } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr }),
      ),
    )
  const here = ['--workspace', workspace, '--type', 'deal']
  const found = await run('discount', 'licence', ...here, '--stage', 'Won', '--where', 'value<1000')
  assert.match(
    found.out,
    /^1 found by hybrid in opensearch and turbopuffer\.\n\n {2}1 Beta licence {2}deal, opensearch 1/,
  )
  assert.match(found.out, new RegExp(`${beta.document.webUrl}`))
  assert.equal(found.code, 0)
  const json = await run('licence', ...here, '--mode', 'text', '--store', 'postgres', '--json')
  assert.equal((JSON.parse(json.out) as { hits: unknown[] }).hits.length, 3)
  assert.equal((await run('licence', ...here, '--stage', 'Lost')).code, 1)
  const wrong = await run('licence', ...here, '--where', 'stages=Won')
  assert.deepEqual([wrong.code, /^There is no field stages to filter by\./.test(wrong.out)], [1, true], wrong.out)
  assert.match((await run('licence')).out, /Which workspace\? Say --workspace/)
})
