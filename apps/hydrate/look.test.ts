import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, AttioClient, AttioError, type Call } from '@attio-stream/attio'
import { Agenda } from './agenda.ts'
import { look } from './look.ts'

const id = { workspace_id: 'w', object_id: 'o', record_id: 'r' }
const record = { id, created_at: '2026-01-01T00:00:00.000000000Z', web_url: 'https://app.attio.com/r', values: {} }
const object = { id, api_slug: 'tickets', singular_noun: 'Ticket', plural_noun: 'Tickets' }

/** Answers calls in turn: `null` is a 404. */
class Scripted extends AttioClient {
  readonly #answers: unknown[]
  constructor(answers: readonly unknown[]) {
    super({ token: 'none' })
    this.#answers = [...answers]
  }
  override async call({ route }: Call): Promise<Answer> {
    const data = this.#answers.shift()
    if (data === undefined) throw new TypeError(`Nothing more was to be asked: ${route}`)
    if (data === null) throw new AttioError('not-found', { route, status: 404, fence: 1000 })
    return { status: 200, text: JSON.stringify({ data }), json: { data }, fence: 2000, score: null }
  }
}

function nominated() {
  const agenda = new Agenda({ trailing: 0 })
  agenda.add(
    {
      workspace_id: 'w',
      source: 'webhook',
      event_type: 'record.deleted',
      kind: 'record',
      id: 'r',
      object_id: 'o',
      list_id: null,
      parent_record_id: null,
      parent_object_id: null,
      related_id: null,
      nominates: true,
      actor_type: null,
      actor_id: null,
      delivery_key: null,
      received_at: 0,
    },
    { partition: 0, offset: 0 },
    0,
  )
  return agenda.take(1, 1)?.things ?? []
}

const options = { signal: new AbortController().signal, onSkipped: () => {} }

test('R4: a record that is not found while its object resolves is dead', async () => {
  const { changes } = await look(new Scripted([null, object, null]), nominated(), options)
  assert.deepEqual(
    changes.map(({ gone }) => gone),
    [true],
  )
})

test('R4: a record that comes into sight with its object, while its death is confirmed, is alive', async () => {
  const { changes } = await look(new Scripted([null, object, record]), nominated(), options)
  assert.deepEqual(
    changes.map(({ gone, fence }) => [gone, fence]),
    [[false, 2000]],
  )
})
