/**
 * The control plane, under /_control: what a test or the demo in another process uses to edit as a person, to switch
 * faults, and to read the truth and the counters. No token, no limits, no faults.
 */
import type { Hono } from 'hono'
import type { Edits } from '../edits/index.ts'
import { ApiError } from '../errors.ts'
import { truth } from '../truth.ts'
import type { World } from '../world/world.ts'
import type { Http } from './api.ts'
import type { Counters } from './counters.ts'
import type { Deliverer } from './deliver.ts'
import { type Faults, setFaults } from './faults.ts'

export interface ControlParts {
  readonly world: World
  readonly faults: Faults
  readonly counters: Counters
  readonly deliverer: Deliverer
  readonly edit: Edits
}

export function describe(world: World) {
  return [...world.workspaces.values()].map((workspace) => ({
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    tokens: [...world.tokens.values()]
      .filter((token) => token.workspace === workspace.id)
      .map(({ token, id, revoked, scopes }) => ({ token, id, revoked, scopes })),
    objects: [...workspace.objects.values()].map(({ id, slug, enabled, items }) => ({
      id,
      slug,
      enabled,
      records: items.length,
    })),
    lists: [...workspace.lists.values()].map(({ id, slug, items }) => ({ id, slug, entries: items.length })),
    notes: workspace.notes.length,
    tasks: workspace.tasks.length,
    comments: workspace.comments.length,
    members: workspace.members.size,
    webhooks: [...workspace.webhooks.values()].map(({ id, url, status }) => ({ id, target_url: url, status })),
  }))
}

export function mountControl(app: Hono<Http>, parts: ControlParts): void {
  const { world, faults, counters, deliverer, edit } = parts
  const state = () => ({
    now: world.now(),
    workspaces: describe(world),
    counters: counters.values,
    violations: counters.totalViolations,
    deliveriesPending: deliverer.pending,
    faults,
  })
  app.get('/_control/state', (c) => c.json(state()))
  app.get('/_control/faults', (c) => c.json(faults))
  app.post('/_control/faults', async (c) => {
    try {
      setFaults(faults, await c.req.json())
    } catch (error) {
      return c.json({ error: String(error) }, 400)
    }
    deliverer.resume()
    return c.json(faults)
  })
  app.post('/_control/edit', async (c) => {
    const { edit: name, ...args } = (await c.req.json()) as { edit?: string; [argument: string]: unknown }
    const run = edit[name as keyof Edits] as ((args: unknown) => unknown) | undefined
    if (!run) return c.json({ error: `No edit "${name}"; there are ${Object.keys(edit).join(', ')}.` }, 400)
    world.advance()
    try {
      return c.json(run(args) as object)
    } catch (error) {
      if (error instanceof ApiError) return c.json(error.body(), error.status as 400)
      throw error
    }
  })
  app.get('/_control/deliveries', (c) => {
    const wanted = c.req.query('state')
    const log = deliverer.log.filter((delivery) => wanted === undefined || delivery.state === wanted)
    const last = Number(c.req.query('last') ?? 200)
    return c.json({ pending: deliverer.pending, deliveries: log.slice(-last) })
  })
  app.get('/_control/truth', (c) => {
    world.advance()
    const { workspace, kind = 'ids', in: holder, id, offset, limit } = c.req.query()
    const page = { ...(offset && { offset: Number(offset) }), ...(limit && { limit: Number(limit) }) }
    try {
      return c.json({ data: truth(world, { workspace, kind, in: holder, id, ...page }) })
    } catch (error) {
      if (error instanceof ApiError) return c.json(error.body(), error.status as 400)
      throw error
    }
  })
  app.post('/_control/reset-counters', (c) => {
    counters.reset()
    return c.json({})
  })
}
