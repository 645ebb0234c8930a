/**
 * LISTEN on a connection of its own, for as long as it is open. Notifications are lost while a connection is down, so every
 * (re)connection is told too, with null: look at everything again.
 */
import { Client, escapeIdentifier } from 'pg'

const FIRST_RETRY = 200
const LAST_RETRY = 5000
/** A dead peer that sent no FIN is found by this, ms. */
const PROBE_EVERY = 30_000

export interface Listener {
  /** Is it connected now? While it is not, changes are seen only after the reconnection. */
  readonly connected: () => boolean
  close(): Promise<void>
}

/** Resolves when the first connection listens. @throws when that one cannot be made. */
export async function listen(
  databaseUrl: string,
  channel: string,
  onNotification: (payload: string | null) => void,
): Promise<Listener> {
  const listener = new ReconnectingListener(databaseUrl, channel, onNotification)
  await listener.connect()
  return { connected: () => listener.connected, close: () => listener.close() }
}

class ReconnectingListener {
  connected = false
  readonly #databaseUrl: string
  readonly #channel: string
  readonly #onNotification: (payload: string | null) => void
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #probe: NodeJS.Timeout | undefined
  #retry = FIRST_RETRY
  #closed = false

  constructor(databaseUrl: string, channel: string, onNotification: (payload: string | null) => void) {
    this.#databaseUrl = databaseUrl
    this.#channel = channel
    this.#onNotification = onNotification
  }

  async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#databaseUrl,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      keepAlive: true,
      application_name: 'attio-stream listener',
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ payload }) => this.#onNotification(payload ?? ''))
    this.#client = client
    try {
      await client.connect()
      await client.query(`listen ${escapeIdentifier(this.#channel)}`)
    } catch (error) {
      this.#client = undefined
      await client.end().catch(() => undefined)
      throw error
    }
    if (this.#closed) return client.end()
    this.connected = true
    this.#retry = FIRST_RETRY
    this.#probe = setInterval(() => client.query('select 1').catch(() => this.#lost(client)), PROBE_EVERY).unref()
    this.#onNotification(null)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.connected = false
    clearTimeout(this.#timer)
    clearInterval(this.#probe)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  #lost(client: Client): void {
    if (this.#closed || this.#client !== client || !this.connected) return
    this.connected = false
    this.#client = undefined
    clearInterval(this.#probe)
    client.end().catch(() => undefined)
    this.#reconnectLater()
  }

  #reconnectLater(): void {
    this.#timer = setTimeout(() => {
      if (this.#closed) return
      this.connect().catch(() => this.#reconnectLater())
    }, this.#retry)
    this.#retry = Math.min(LAST_RETRY, this.#retry * 2)
  }
}
