/**
 * The documents by example: golden/*.golden.txt is the specification, compared byte for byte. `UPDATE_GOLDEN=1` rewrites
 * the files; read them then as a salesperson would, and raise FORMAT_VERSION.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { artifacts, example } from './golden/artifacts.ts'
import { toDocument } from './to-document.ts'

const golden = (name: string) => new URL(`golden/${name}.golden.txt`, import.meta.url)

/** Text, metadata, and where the chunks were cut. */
function shown(name: string): string {
  const artifact = artifacts[name]
  assert(artifact !== undefined)
  const { id, source, objectSlug, title, text, metadata, chunks } = toDocument(artifact)
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = sorted.map(([field, value]) => `${field}: ${JSON.stringify(value)}`)
  const pieces = chunks.map((chunk) => `${chunk.id}: ${chunk.text.length} characters`)
  const about = [`id: ${id}`, `source: ${source}`, `object: ${objectSlug}`, `title: ${title}`]
  const parts = [text, about.join('\n'), fields.join('\n'), pieces.join('\n')]
  return `${parts.join('\n\n----------------------------------------\n\n')}\n`
}

for (const name of Object.keys(artifacts))
  test(`the document of ${name} is what golden/${name}.golden.txt says`, () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden(name), shown(name))
    assert.equal(shown(name), readFileSync(golden(name), 'utf8'))
  })

test('every golden file belongs to a record', () => {
  const files = readdirSync(new URL('golden/', import.meta.url)).filter((file) => file.endsWith('.golden.txt'))
  assert.deepEqual(
    files.sort(),
    Object.keys(artifacts)
      .map((name) => `${name}.golden.txt`)
      .sort(),
  )
})

test('the deal everybody knows the layout by comes out byte for byte', () => {
  assert.equal(
    toDocument(example).text,
    `Deal: Northwind – annual licence 2026

=== DEAL OVERVIEW ===
Stage: In Progress
Value: EUR 48,000.00
Owner: Ann Lee
Company: Northwind Traders (northwind.example)
People: Bob Stone (CTO), Carla Díaz

=== LISTS ===
Enterprise pipeline: Stage: Negotiation; Priority: High; Target close: 2026-12-15

=== DETAILS ===
Next step: Send the revised quote
Renewal date: 2027-01-31

=== ACTIVITY ===
2026-11-20 09:12 note by Ann Lee: Call with the CTO
  They want single sign-on in the base price. Budget is approved until the end of the year.
2026-11-18 16:40 task by Ann Lee for Ann Lee (open, due 2026-11-25): Send the revised quote

=== RECORD ===
Created: 2026-09-02
Link: https://app.attio.com/acme/deals/5c1f…
Attio Record ID: 5c1f…`,
  )
})
