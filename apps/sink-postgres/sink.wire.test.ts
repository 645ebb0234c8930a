import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { sinkConformance } from '@attio-stream/sink/conformance'
import { givenDocument, givenPut } from '@attio-stream/sink/given'
import { type Stack, startStack } from '@attio-stream/stack'
import { Pool } from 'pg'
import { storeSettings } from './config.ts'
import { PostgresSink } from './sink.ts'

const forever = new AbortController().signal
let stack: Stack
let pool: Pool
const settings = (more: Record<string, unknown> = {}) =>
  storeSettings.parse({ DATABASE_URL: stack.addresses.databaseUrl, ...more })
const opened = async (more: Record<string, unknown> = {}) => {
  const sink = new PostgresSink(settings(more))
  await sink.open(forever)
  return sink
}

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sink-postgres-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  pool = new Pool({ connectionString: stack.addresses.databaseUrl ?? '' })
  pool.on('error', () => undefined)
})
after(async () => {
  await pool?.end()
  await stack?.stop()
})

sinkConformance('the Postgres sink', {
  open: () => opened(),
  see: async (_sink, workspace, id) => {
    const { rows } = await pool.query('select * from search.documents where workspace_id = $1 and record_id = $2', [
      workspace,
      id,
    ])
    const row = rows[0]
    if (row === undefined) return undefined
    const chunks = row.chunks.map((chunk: { text: string }) => chunk.text)
    return { id: row.id, title: row.title, chunks, metadata: row.metadata }
  },
  refusable: (document) => ({ ...document, createdAt: 'the other day' }),
  forgetting: () => pool.query('vacuum full search.documents_g1'),
  unanswered: async (writes) => {
    const sink = await opened({ SINK_POSTGRES_TIMEOUT_MS: 300 })
    const other = await pool.connect()
    try {
      await other.query('begin; lock table search.documents_g1')
      return await sink.write(writes, forever)
    } finally {
      await other.query('rollback')
      other.release()
      await sink.close()
    }
  },
  drifted: async () => {
    await (await opened({ SINK_POSTGRES_SCHEMA: 'of_others' })).close()
    await pool.query('alter table of_others.documents_g1 rename column hash to checksum')
    await opened({ SINK_POSTGRES_SCHEMA: 'of_others' })
  },
  losingTheAnswer: async (_sink, writes) => {
    const sink = await opened({ SINK_POSTGRES_SCHEMA: 'search' })
    try {
      await sink.write(writes, forever)
      throw new StoreError('the answer was lost')
    } finally {
      await sink.close()
    }
  },
})

describe('documents in Postgres', () => {
  test('are found by their words, those of the title first, and by their metadata', async () => {
    const sink = await opened({ SINK_POSTGRES_SCHEMA: 'words' })
    const workspace = randomUUID()
    const titled = { id: randomUUID(), workspace, version: 1 }
    const mentioned = { id: randomUUID(), workspace, version: 1 }
    const { metadata } = givenDocument(mentioned)
    await sink.write(
      [
        givenPut(titled, { title: 'Company: Northern Lights', lines: ['tents'] }),
        givenPut(mentioned, {
          title: 'Company: Other',
          lines: ['a customer of the northern light'],
          metadata: { ...metadata, custom_text_tier: ['gold', 'silver'] },
        }),
      ],
      forever,
    )
    const found = await pool.query(
      `select record_id from words.documents, websearch_to_tsquery('english', 'northern light') query
       where search @@ query order by ts_rank(search, query) desc`,
    )
    assert.deepEqual(
      found.rows.map((row) => row.record_id),
      [titled.id, mentioned.id],
    )
    const gold = await pool.query(
      `select record_id from words.documents where metadata @> '{"custom_text_tier":["gold"]}'`,
    )
    assert.deepEqual(gold.rows, [{ record_id: mentioned.id }])
    await sink.close()
  })

  test('of any length and script are indexed as far as Postgres can', async () => {
    const sink = await opened({ SINK_POSTGRES_SCHEMA: 'long' })
    // Words without end, all different, in four-byte letters, joined by hyphens: everything counts twice.
    const letters = (n: number) => String.fromCodePoint(0x20000 + (n % 40_000), 0x20000 + ((n * 7919) % 40_000))
    const worst = Array.from({ length: 60_000 }, (_, n) => `${letters(n)}${n % 50 === 0 ? ' ' : '-'}`).join('')
    const numbers = Array.from({ length: 150_000 }, (_, n) => `x${n}y`).join(' ')
    await assert.rejects(pool.query(`select to_tsvector('english', $1)`, [numbers]), /too long for tsvector/)
    for (const text of [worst, numbers, 'x'.repeat(2_000_000)]) {
      const at = { id: randomUUID(), workspace: randomUUID(), version: 1 }
      assert.deepEqual(
        await sink.write([givenPut(at, { text, title: `Company: Needle ${'n'.repeat(9000)}` })], forever),
        [],
      )
      const { rows } = await pool.query(
        `select length(text) as length from long.documents where record_id = $1 and search @@ to_tsquery('english', 'needle')`,
        [at.id],
      )
      assert.deepEqual(rows, [{ length: [...text].length }])
    }
    await sink.close()
  })

  test('are refused when the table has another shape', async () => {
    await (await opened({ SINK_POSTGRES_SCHEMA: 'drifted' })).close()
    await pool.query('alter table drifted.documents_g1 rename column hash to checksum')
    await assert.rejects(
      opened({ SINK_POSTGRES_SCHEMA: 'drifted' }),
      /hash is missing and should be text; checksum is unknown/,
    )
  })

  test('can be opened by several processes at once', async () => {
    const sinks = await Promise.all([1, 2, 3, 4].map(() => opened({ SINK_POSTGRES_SCHEMA: 'together' })))
    await Promise.all(sinks.map((sink) => sink.close()))
  })

  test('written by two at once in opposite order do not deadlock', async () => {
    const sinks = await Promise.all([
      opened({ SINK_POSTGRES_SCHEMA: 'contended' }),
      opened({ SINK_POSTGRES_SCHEMA: 'contended' }),
    ])
    const ids = Array.from({ length: 300 }, () => randomUUID())
    for (let version = 1; version <= 5; version++) {
      const writes = ids.map((id) => givenPut({ id, workspace: 'w', version }))
      await Promise.all([sinks[0]?.write(writes, forever), sinks[1]?.write(writes.toReversed(), forever)])
    }
    const { rows } = await pool.query('select min(version)::int as least, count(*)::int from contended.documents')
    assert.deepEqual(rows, [{ least: 5, count: 300 }])
    await Promise.all(sinks.map((sink) => sink.close()))
  })

  test('replayed leave no new row versions behind', async () => {
    const sink = await opened({ SINK_POSTGRES_SCHEMA: 'replay' })
    const put = givenPut({ id: randomUUID(), workspace: 'w', version: 1 })
    const where = async () => (await pool.query('select ctid::text from replay.documents_g1')).rows
    await sink.write([put], forever)
    const before = await where()
    await sink.write([put], forever)
    assert.deepEqual(await where(), before)
    await sink.close()
  })

  test('wait for a server that is down', async () => {
    const sink = await opened()
    const put = givenPut({ id: randomUUID(), workspace: 'w', version: 1 })
    await stack.server('postgres').stop()
    await assert.rejects(sink.write([put], forever), StoreError)
    await stack.server('postgres').restart()
    assert.deepEqual(await sink.write([put], forever), [])
    await sink.close()
  })
})
