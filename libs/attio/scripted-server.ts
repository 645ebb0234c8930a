/** For tests: a server on a free loopback port that answers each request as told, and remembers what was asked. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly at: number
}
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text goes as it is, anything else as JSON. */
  readonly body?: unknown
  /** Ends the connection after the first bytes. */
  readonly cut?: boolean
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
}

/** `null` = never answer. */
export async function serve(answer: (asked: Asked, nth: number) => Reply | null): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const one: Asked = { method, url, headers, body: Buffer.concat(chunks).toString(), at: Date.now() }
    asked.push(one)
    const reply = answer(one, asked.length)
    if (reply === null) return
    const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? { data: {} })
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
    if (reply.cut === true) response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy())
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
