import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentIdOf, recordIn } from './document-id.ts'

const idOf = (slug: string | null) =>
  documentIdOf({ object: { id: 'b0b0-object', slug, singular: null }, record: 'a-1' })

test('a document is called by its type and its record', () => {
  assert.deepEqual(['companies', 'people', 'deals', 'support_tickets'].map(idOf), [
    'attio_company_a-1',
    'attio_person_a-1',
    'attio_deal_a-1',
    'attio_support_tickets_a-1',
  ])
})

test('the record is found in the id of a document and of its chunks', () => {
  for (const slug of ['companies', 'people', 'support_tickets', 'x_chunk_1', null]) {
    assert.equal(recordIn(idOf(slug)), 'a-1')
    assert.equal(recordIn(`${idOf(slug)}_chunk_12`), 'a-1')
  }
  for (const id of ['a-1', 'attio_a-1', '', 'company_a-1']) assert.equal(recordIn(id), undefined)
})
