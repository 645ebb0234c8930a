/** Every emulated route of the REST API except /v2/self, which answers before a token is trusted. */
import type { Route } from '../http/call.ts'
import { commentRoutes } from './comments.ts'
import { itemRoutes } from './items.ts'
import { memberRoutes } from './members.ts'
import { noteRoutes } from './notes.ts'
import { schemaRoutes } from './schema.ts'
import { taskRoutes } from './tasks.ts'
import { webhookRoutes } from './webhooks.ts'

export const routes: readonly Route[] = [
  ...itemRoutes,
  ...schemaRoutes,
  ...noteRoutes,
  ...taskRoutes,
  ...commentRoutes,
  ...memberRoutes,
  ...webhookRoutes,
]
