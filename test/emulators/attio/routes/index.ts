/** Every emulated route of the REST API except /v2/self, which answers before a token is trusted. */
import type { Route } from '../http/call.ts'
import { childRoutes } from './children.ts'
import { itemRoutes } from './items.ts'
import { schemaRoutes } from './schema.ts'
import { webhookRoutes } from './webhooks.ts'

export const routes: readonly Route[] = [...itemRoutes, ...schemaRoutes, ...childRoutes, ...webhookRoutes]
