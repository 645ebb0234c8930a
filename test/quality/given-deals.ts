/** Deals of two workspaces that differ in what filters look at; one of them dies. */
import { randomUUID } from 'node:crypto'
import type { Put } from '@attio-stream/sink'
import { givenPut } from '@attio-stream/sink/given'

export const workspace = randomUUID()
export const stranger = randomUUID()

const CREATED = '2026-09-02T10:00:00.000Z'

const deal = (name: string, more: Put['document']['metadata'] = {}, of = workspace): Put => {
  const id = randomUUID()
  return givenPut(
    { id, workspace: of, version: 1 },
    {
      id: `attio_deal_${id}`,
      source: 'attio_deal',
      objectSlug: 'deals',
      title: name,
      lines: [`Deal: ${name}`, 'They asked for a discount on the annual licence.'],
      createdAt: String(more.created_at ?? CREATED),
      webUrl: `https://app.attio.com/acme/deals/${id}`,
      metadata: { record_id: id, name, created_at: CREATED, object_slug: 'deals', ...more },
    },
  )
}
export const alpha = deal('Alpha licence', {
  stage: 'In Progress',
  owner: 'Ann Lee',
  value: 48_000,
  note_count: 3,
  lists: ['Pipeline', 'Forecast'],
  list_stages: ['Pipeline: Negotiation'],
  custom_text_tier: ['Gold', 'Old'],
  custom_date_renewal: '2027-01-31',
  custom_flag_vip: true,
  custom_number_seats: 25,
})
export const beta = deal('Beta licence', {
  stage: 'Won',
  owner: "Pat O'Brien",
  value: 900,
  lists: ['Pipeline'],
  list_stages: ['Pipeline: Contract'],
  custom_text_tier: ['Silver'],
  custom_date_renewal: '2026-12-01',
  custom_flag_vip: false,
  custom_number_seats: 4,
})
export const gamma = deal('Gamma licence', { created_at: '2026-10-10T08:30:00.000Z' })
export const foreign = deal('Alpha licence', { stage: 'In Progress', custom_text_secret: ['x'] }, stranger)
export const dead = deal('Delta licence')
