import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, QuestionError } from '@attio-stream/search'
import { parseTask, USAGE } from './arguments.ts'
import { answerLines, PLAIN } from './lines.ts'

test('options become filters of the question, and words without quotes are one question', () => {
  const task = parseTask([
    'single',
    'sign-on',
    '--type',
    'deal',
    '--type',
    'projects',
    '--where',
    'value>=10',
    '--limit',
    '3',
  ])
  assert.equal(task?.question.text, 'single sign-on')
  assert.deepEqual(task?.question.types, ['deal', 'projects'])
  assert.equal(task?.question.limit, 3)
  assert.deepEqual(task?.question.where, {
    kind: 'all',
    filters: [{ kind: 'range', field: 'value', atLeast: 10 }],
  })
})

test('what makes no sense is answered with what there is', () => {
  assert.throws(() => parseTask(['x', '--mode', 'magic']), /--mode takes text, vector, hybrid, not magic/)
  assert.throws(
    () => parseTask(['x', '--tpye', 'deal']),
    (error: Error) => error instanceof QuestionError && error.message.includes('--type'),
  )
  assert.equal(parseTask(['--help']), undefined)
  assert.ok(USAGE.length > 5)
})

test('an answer names each document, where it was found and its link, and no text of it steers the terminal', () => {
  const hit = {
    documentId: 'attio_deal_1',
    recordId: '1',
    source: 'attio_deal',
    objectSlug: 'deals',
    title: 'Fleet\u{1b}[31m renewal',
    snippets: [
      [
        { text: 'a ', hit: false },
        { text: 'revised', hit: true },
        { text: ' quote', hit: false },
      ],
    ],
    score: 0.03,
    exact: false,
    webUrl: 'https://app.attio.com/acme/deals/1',
    createdAt: '2026-09-02T10:00:00.000Z',
    metadata: {},
    from: [
      { store: 'opensearch', rank: 1, score: 12.5 },
      { store: 'turbopuffer', rank: 3, score: 0.5 },
    ],
  } as const
  const answer: Answer = { hits: [hit], mode: 'hybrid', stores: ['opensearch', 'turbopuffer'], missing: [] }
  assert.deepEqual(answerLines(answer, { ...PLAIN, mark: (text) => `[${text}]` }), [
    '1 found by hybrid in opensearch and turbopuffer.',
    '',
    '  1 Fleet [31m renewal  deal, opensearch 1 (12.500), turbopuffer 3 (0.500)',
    '    a [revised] quote',
    '    https://app.attio.com/acme/deals/1',
  ])
  assert.match(answerLines({ ...answer, hits: [] }, PLAIN)[0] ?? '', /^Nothing found/)
})
