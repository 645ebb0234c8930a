import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { AttioClient } from '@attio-stream/attio'
import { type Look, lookAt, type Suspect } from './look.ts'

const signal = new AbortController().signal
const NOT_FOUND = {
  status: 404,
  body: { status_code: 404, type: 'invalid_request_error', code: 'not_found', message: 'None.' },
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * What is said of the suspects by an Attio that answers these paths, several answers one after the other, and everything else
 * with its 404.
 */
async function looksAt(
  suspects: readonly Suspect[],
  answers: Readonly<Record<string, Answer | readonly Answer[]>>,
): Promise<ReadonlyMap<string, Look>> {
  const asked = new Map<string, number>()
  const server = createServer(({ url = '' }, response) => {
    const times = asked.get(url) ?? 0
    asked.set(url, times + 1)
    const turns = [answers[url] ?? NOT_FOUND].flat()
    const { status, body } = turns[Math.min(times, turns.length - 1)] ?? NOT_FOUND
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return await lookAt(new AttioClient({ token: 't', baseUrl, retries: 0 }), suspects, { signal, atOnce: 1 })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
const ok = (data: unknown) => ({ status: 200, body: { data } })
const OBJECT = { '/v2/objects/o1': ok({ id: { object_id: 'o1' }, api_slug: 'boats' }) }
const LIST = { '/v2/lists/l1': ok({ id: { list_id: 'l1' }, api_slug: 'pipeline' }) }
const record = { kind: 'record', id: 'r1', home: 'o1' } as const
const entry = { kind: 'entry', id: 'e1', home: 'l1' } as const
const note = { kind: 'note', id: 'n1', home: '' } as const
const kinds = (looks: ReadonlyMap<string, Look>) => [...looks].map(([id, { kind }]) => `${id} ${kind}`).sort()

test('R4: a record or entry is gone when GET does not find it while what holds it can be seen', async () => {
  assert.deepEqual(kinds(await looksAt([record, entry, note], { ...OBJECT, ...LIST })), [
    'e1 gone',
    'n1 gone',
    'r1 gone',
  ])
})

test('R4: a 404 proves nothing while the object or list answers the same', async () => {
  assert.deepEqual(kinds(await looksAt([record, entry, note], {})), ['e1 unclear', 'n1 gone', 'r1 unclear'])
})

test('R4: what could be seen a moment ago proves nothing about a later 404', async () => {
  const seen = LIST['/v2/lists/l1']
  const hidden = await looksAt([entry, { ...entry, id: 'e2' }], { '/v2/lists/l1': [seen, NOT_FOUND] })
  assert.deepEqual(kinds(hidden), ['e1 gone', 'e2 unclear'])
  const back = ok({ id: { entry_id: 'e1', list_id: 'l1' }, parent_record_id: 'r1', parent_object: 'boats' })
  const found = await looksAt([entry], { ...LIST, '/v2/lists/l1/entries/e1': [NOT_FOUND, back] })
  assert.deepEqual(kinds(found), ['e1 present'])
})

test('a record that is being merged is not gone, and one thing that cannot be read hides no other', async () => {
  const merging = { status: 404, body: { ...NOT_FOUND.body, code: 'merge_in_progress' } }
  const looks = await looksAt([record, note], {
    ...OBJECT,
    '/v2/objects/o1/records/r1': merging,
    '/v2/notes/n1': ok({ id: { note_id: 'n1' } }),
  })
  assert.deepEqual(kinds(looks), ['n1 present', 'r1 unclear'])
})

test('records of an object are looked at together, and those a query does not show are read alone', async () => {
  const row = (id: string) => ({ id: { record_id: id, object_id: 'o1' } })
  const looks = await looksAt([record, { ...record, id: 'r2' }, { ...record, id: 'r3' }], {
    ...OBJECT,
    '/v2/objects/o1/records/query': ok([row('r1')]),
    '/v2/objects/o1/records/r2': ok(row('r2')),
  })
  assert.deepEqual(kinds(looks), ['r1 present', 'r2 present', 'r3 gone'])
})

test('what a refused token says is about the workspace, not about the thing', async () => {
  const refused = { status: 401, body: { ...NOT_FOUND.body, status_code: 401, code: 'unauthorized' } }
  await assert.rejects(looksAt([note], { '/v2/notes/n1': refused }), /connect the workspace again/)
})
