/** A replay: records joined once more with other code, and nobody asked for anything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join, type RecordContent, type Values } from '@attio-stream/crm'
import { drive } from '@attio-stream/stream'
import { enrichStage } from './stage.ts'

const W = 'w1'
const linger = { live: 0, catchingUp: 0 }
const louder = enrichStage({
  linger,
  join: (input) => {
    const artifact = join(input)
    return { ...artifact, name: artifact.name?.startsWith('Acme') ? `${artifact.name}!` : artifact.name }
  },
})

function given() {
  const stage = drive(enrichStage({ linger }))
  const name = (kind: string, id: string, card: object | null) =>
    stage.send('crm.names', `${W}/${kind}/${id}`, {
      workspace_id: W,
      kind,
      id,
      name: card === null ? null : id,
      deleted: card === null,
      hash: '',
      card: card === null ? null : JSON.stringify(card),
    })
  const object = (id: string) =>
    name('object', id, { kind: 'object', slug: id, singular: id, plural: id, attributes: [] })
  const record = (id: string, title: string, values: Values = {}, of = 'companies') => {
    const about = { object: of, record: id, createdAt: '2026-01-01T00:00:00.000Z', webUrl: null }
    const content: RecordContent = { ...about, name: title, values }
    const body = JSON.stringify(content)
    return stage.send('crm.records', id, { workspace_id: W, object_id: of, fence: 1, hash: body, deleted: false, body })
  }
  return { stage, name, object, record }
}
const written = (outputs: ReturnType<ReturnType<typeof given>['stage']['replay']>) =>
  outputs.map(({ topic, key }) => `${topic} ${key}`)

test('the same code writes nothing, other code what it joins differently, once however often the record was written', () => {
  const { stage, object, record } = given()
  object('companies')
  record('c1', 'Acme')
  record('c1', 'Acme Ltd')
  record('c2', 'Beta')
  assert.deepEqual(stage.replay(), [])
  assert.deepEqual(written(stage.replay({ code: louder })), ['crm.artifacts c1'])
  assert.deepEqual(stage.replay({ code: louder }), [])
})

test('nobody is asked about an object that is not known, nor about references to the dead', () => {
  const { stage, name, object, record } = given()
  object('companies')
  record('c1', 'Acme', { parent: [{ kind: 'record-reference', object: 'companies', record: 'gone' }] })
  name('record', 'gone', null)
  record('t1', 'Acme ticket', {}, 'tickets')
  assert.deepEqual(written(stage.replay({ code: louder })), ['crm.artifacts c1'])
  assert.deepEqual(stage.owed(), { live: 0, background: 0, patient: true })
})
