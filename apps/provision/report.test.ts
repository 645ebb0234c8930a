import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProvisionReport } from './provision.ts'
import { isAsWanted, reportLines } from './report.ts'

const clean: ProvisionReport = {
  topics: [{ topic: 'crm.records', state: 'as wanted', differences: [] }],
  created: [],
  subjects: [{ subject: 'crm.records-value', state: 'as wanted', level: undefined }],
}

test('nothing to tell is two lines, and as wanted', () => {
  assert.deepEqual(reportLines(clean), [
    'Topics: 1 wanted, 0 created, 0 with other settings.',
    'Schemas: 1 wanted, 0 registered.',
  ])
  assert.equal(isAsWanted(clean), true)
})

test('differing settings are a table with what was wanted and what is', () => {
  const report: ProvisionReport = {
    ...clean,
    topics: [
      {
        topic: 'crm.records',
        state: 'differs',
        differences: [{ setting: 'cleanup.policy', wanted: 'compact', is: 'delete' }],
      },
    ],
  }
  assert.equal(isAsWanted(report), false)
  const lines = reportLines(report)
  assert(lines.includes('  topic        setting         wanted   is'))
  assert(lines.includes('  crm.records  cleanup.policy  compact  delete'))
})

test('what was made now is as wanted, what is still missing is not', () => {
  const missing: ProvisionReport = { ...clean, topics: [{ topic: 'crm.records', state: 'missing', differences: [] }] }
  assert.equal(isAsWanted(missing), false)
  assert.equal(isAsWanted({ ...missing, created: ['crm.records'] }), true)
  assert.equal(isAsWanted({ ...clean, subjects: [{ subject: 's', state: 'missing', level: undefined }] }), false)
  assert.equal(isAsWanted({ ...clean, subjects: [{ subject: 's', state: 'as wanted', level: 'NONE' }] }), false)
})
