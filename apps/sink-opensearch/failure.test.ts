import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { errors } from '@opensearch-project/opensearch'
import { failureOf, verdictOn } from './failure.ts'

test('a version conflict means that the write is superseded', () => {
  assert.deepEqual(verdictOn(409, { type: 'version_conflict_engine_exception' }), { kind: 'superseded' })
})

test('a full node, a full disk and a failing shard may heal', () => {
  assert.equal(verdictOn(429, { type: 'rejected_execution_exception' }).kind, 'may heal')
  assert.equal(verdictOn(403, { type: 'cluster_block_exception' }).kind, 'may heal')
  assert.equal(verdictOn(503, { type: 'unavailable_shards_exception' }).kind, 'may heal')
})

test('a refusal names the kind of error and the field, never the value', () => {
  const reason = "failed to parse field [metadata.unnamed] of type [boolean]. Preview of field's value: 'Ann Lee'"
  assert.deepEqual(verdictOn(400, { type: 'mapper_parsing_exception', reason }), {
    kind: 'refused',
    reason: 'OpenSearch refuses the document: mapper_parsing_exception in the field metadata.unnamed.',
  })
})

test('a full mapping is told from other refusals', () => {
  const full = { type: 'illegal_argument_exception', reason: 'Limit of total fields [1000] has been exceeded' }
  assert.equal(verdictOn(400, full).kind, 'no room in the mapping')
})

test('an index that is not there is not the data', () => {
  assert.equal(verdictOn(404, { type: 'index_not_found_exception' }).kind, 'gone')
})

test('no answer may heal; a request nobody could send is a bug', () => {
  assert.ok(failureOf(new errors.ConnectionError('refused', {} as never), 'writing') instanceof StoreError)
  assert.ok(failureOf(new errors.TimeoutError('slow', {} as never), 'writing') instanceof StoreError)
  assert.ok(!(failureOf(new errors.ConfigurationError('no node'), 'writing') instanceof StoreError))
})
