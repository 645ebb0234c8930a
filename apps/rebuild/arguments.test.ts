import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTask } from './arguments.ts'

test('without a word a rebuild is meant, and its sink must be said', () => {
  assert.deepEqual(parseTask(['--sink', 'opensearch']), { kind: 'start', sinks: ['opensearch'], json: false })
  assert.throws(() => parseTask([]), /Which sink\?.*\n.*npm run rebuild/)
})

test('all means every sink, and the status of all is the default', () => {
  const all = ['postgres', 'opensearch', 'turbopuffer']
  assert.deepEqual(parseTask(['start', '--sink', 'all']).sinks, all)
  assert.deepEqual(parseTask(['status']).sinks, all)
  assert.deepEqual(parseTask(['cancel', '--sink', 'postgres,turbopuffer,postgres']).sinks, ['postgres', 'turbopuffer'])
})

test('a generation goes with rollback and drop of one sink', () => {
  assert.equal(parseTask(['rollback', '--sink', 'postgres', '--generation', '3']).generation, 3)
  assert.throws(() => parseTask(['rollback', '--sink', 'all', '--generation', '3']), /one sink/)
  assert.throws(() => parseTask(['--sink', 'postgres', '--generation', '3']), /rollback or drop/)
  assert.throws(() => parseTask(['drop', '--sink', 'postgres', '--generation', 'x']), /a number from 1/)
})

test('what there is not is named, with what there is', () => {
  assert.throws(() => parseTask(['--sink', 'solr']), /There is no sink solr\.\n[\s\S]*postgres, opensearch/)
  assert.throws(() => parseTask(['explode', '--sink', 'postgres']), /There is no explode\./)
  assert.throws(() => parseTask(['--sinks', 'postgres']), /--sinks[\s\S]*npm run rebuild/)
  assert.throws(() => parseTask(['--sink', ',']), /There is no sink ","/)
})
