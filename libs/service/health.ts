/**
 * The health page: GET /healthz (503 when an app is red: restart me), GET /readyz (503 while an app is starting or red:
 * send me nothing yet), GET /metrics. Amber means "works, but look": 200. What an app's state is, the app says.
 */
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { Health } from './app.ts'

export interface HealthSource {
  states(): Readonly<Record<string, Health>>
  metrics(): Promise<string>
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

export function healthRoutes({ states, metrics }: HealthSource): Hono {
  const worst = (...bad: readonly Health['state'][]) =>
    Object.values(states()).some((health) => bad.includes(health.state)) ? 503 : 200
  return new Hono()
    .get('/healthz', (context) => context.json({ apps: states() }, worst('red')))
    .get('/readyz', (context) => context.json({ apps: states() }, worst('red', 'starting')))
    .get('/metrics', async (context) =>
      context.text(await metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
    )
}

/** @throws when the port is taken, with the setting to change. */
export async function serveHealth(
  source: HealthSource,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<HealthServer> {
  const server = createAdaptorServer({ fetch: healthRoutes(source).fetch })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          cause.code === 'EADDRINUSE'
            ? `Port ${port} is taken: something else listens there; set HEALTH_PORT to another, or to 0 for none.`
            : `The health page cannot listen on ${host}:${port} (${cause.code}); look at HEALTH_HOST and HEALTH_PORT.`,
          { cause },
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
