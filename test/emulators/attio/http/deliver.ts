/**
 * Webhook delivery: one signed message per event to every webhook that wants it, at most so many a second to one URL,
 * retried with the same Idempotency-Key, and the webhook's health that follows from it (api.md 4.3 to 4.6).
 */
import { createHmac } from 'node:crypto'
import type { AttioEvent, Webhook, Workspace } from '../world/model.ts'
import { type Random, uuidFrom } from '../world/random.ts'
import { wants } from '../world/webhooks.ts'
import type { World } from '../world/world.ts'
import type { Counters } from './counters.ts'
import type { Faults } from './faults.ts'
import type { LimitSettings } from './limits.ts'

export interface Attempt {
  readonly at: number
  readonly outcome: number | string
}
export interface Delivery {
  readonly key: string
  readonly webhook: string
  readonly workspace: string
  readonly url: string
  readonly events: readonly AttioEvent[]
  readonly queuedAt: number
  readonly attempts: Attempt[]
  state: 'waiting' | 'acked' | 'failed' | 'dropped' | 'lost'
}

export const TIMEOUT_MS = 5_000
export const RETRIES = 10
/** 10 s, 30 s, 90 s … : ten retries over about three days. */
const retryDelayMs = (retry: number): number => 10_000 * 3 ** retry
const DEGRADED_FOR_MS = 7 * 24 * 3_600_000
const KEPT = 20_000

export class Deliverer {
  readonly log: Delivery[] = []
  readonly #world: World
  readonly #faults: Faults
  readonly #counters: Counters
  readonly #random: Random
  readonly #timeScale: number
  readonly #perSecond: number
  /** Per URL: what waits its turn, and when the next may leave. */
  #queues = new Map<string, { waiting: Delivery[]; next: number; timer: NodeJS.Timeout | undefined }>()
  #timers = new Set<NodeJS.Timeout>()
  #open = new Set<Delivery>()
  #abort = new AbortController()
  #idle: (() => void)[] = []
  #forming = new Map<string, { delivery: Delivery & { events: AttioEvent[] }; webhook: Webhook }>()

  constructor(parts: {
    world: World
    faults: Faults
    counters: Counters
    random: Random
    timeScale: number
    limits: LimitSettings
  }) {
    this.#world = parts.world
    this.#faults = parts.faults
    this.#counters = parts.counters
    this.#random = parts.random
    this.#timeScale = parts.timeScale
    this.#perSecond = parts.limits.deliveriesPerSecond
    this.#world.on((workspace, event) => this.#announce(workspace, event))
  }

  /** Resolves when nothing is waiting, in flight or to be retried. */
  settled(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  get pending(): number {
    return this.#open.size
  }

  stop(): void {
    this.#abort.abort()
    for (const timer of this.#timers) clearTimeout(timer)
    for (const queue of this.#queues.values()) clearTimeout(queue.timer)
    this.#open.clear()
    this.#quiet()
  }

  /** Lets queued messages go on after `deliveries.paused` was switched off. */
  resume(): void {
    for (const url of this.#queues.keys()) this.#pump(url)
  }

  /** A made-up event to one webhook, past all filters, as the test button in Attio's settings sends it. */
  sendTest(workspace: Workspace, webhook: Webhook, event: AttioEvent): Delivery {
    const delivery = this.#make(workspace, webhook, [event])
    this.#enqueue(delivery)
    return delivery
  }

  #announce(workspace: Workspace, event: AttioEvent): void {
    for (const webhook of workspace.webhooks.values()) {
      if (!wants(webhook, event)) continue
      this.#age(webhook)
      const { deliveries } = this.#faults
      const forming = this.#forming.get(webhook.id)
      if (deliveries.batch > 1 && forming && forming.delivery.events.length < deliveries.batch) {
        forming.delivery.events.push(event)
        continue
      }
      const delivery = this.#make(workspace, webhook, [event])
      if (webhook.status === 'inactive') this.#finish(delivery, 'lost')
      else if (deliveries.dropRate > 0 && this.#random() < deliveries.dropRate) this.#finish(delivery, 'lost')
      else
        this.#later(deliveries.reorderMs > 0 ? this.#random() * deliveries.reorderMs : 0, () => this.#enqueue(delivery))
      if (deliveries.batch > 1) {
        this.#forming.set(webhook.id, { delivery: delivery as Delivery & { events: AttioEvent[] }, webhook })
        queueMicrotask(() => this.#forming.delete(webhook.id))
      }
    }
  }

  #make(workspace: Workspace, webhook: Webhook, events: AttioEvent[]): Delivery {
    const delivery: Delivery = {
      key: uuidFrom(this.#random),
      webhook: webhook.id,
      workspace: workspace.id,
      url: webhook.url,
      events,
      queuedAt: this.#world.now(),
      attempts: [],
      state: 'waiting',
    }
    this.log.push(delivery)
    if (this.log.length > KEPT) this.log.splice(0, this.log.length - KEPT)
    this.#open.add(delivery)
    this.#counters.values.deliveries.messages++
    return delivery
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }

  #enqueue(delivery: Delivery): void {
    const queue = this.#queues.get(delivery.url) ?? { waiting: [], next: 0, timer: undefined }
    this.#queues.set(delivery.url, queue)
    queue.waiting.push(delivery)
    this.#pump(delivery.url)
  }

  /** Sends what the URL's rate allows now, and comes back for the rest. */
  #pump(url: string): void {
    const queue = this.#queues.get(url)
    if (!queue || this.#faults.deliveries.paused || this.#abort.signal.aborted) return
    while (queue.waiting.length > 0) {
      const now = performance.now()
      if (now < queue.next) {
        if (queue.timer === undefined)
          queue.timer = setTimeout(() => {
            queue.timer = undefined
            this.#pump(url)
          }, queue.next - now)
        return
      }
      queue.next = Math.max(queue.next, now - 1000 / this.#perSecond) + 1000 / this.#perSecond
      const delivery = queue.waiting.shift()
      if (delivery) void this.#send(delivery)
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    const webhook = this.#world.workspaces.get(delivery.workspace)?.webhooks.get(delivery.webhook)
    if (!webhook) return this.#finish(delivery, 'dropped')
    const body = JSON.stringify({ webhook_id: webhook.id, events: delivery.events })
    const outcome = await this.#post(webhook, delivery.key, body)
    if (this.#abort.signal.aborted) return
    delivery.attempts.push({ at: this.#world.now(), outcome })
    if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) return this.#acked(webhook, delivery, body)
    this.#counters.values.deliveries.refused++
    const retry = delivery.attempts.length - 1
    if (retry >= RETRIES) {
      if (webhook.status === 'active') {
        webhook.status = 'degraded'
        webhook.degradedAt = this.#world.now()
      }
      return this.#finish(delivery, 'failed')
    }
    const jitter = 0.9 + 0.2 * this.#random()
    this.#later(retryDelayMs(retry) * this.#timeScale * jitter, () => this.#enqueue(delivery))
  }

  #acked(webhook: Webhook, delivery: Delivery, body: string): void {
    this.#finish(delivery, 'acked')
    const { duplicateRate } = this.#faults.deliveries
    if (duplicateRate > 0 && this.#random() < duplicateRate) void this.#post(webhook, delivery.key, body)
  }

  /** One attempt: the status answered, or why there was none. */
  async #post(webhook: Webhook, key: string, body: string): Promise<number | string> {
    const secret = this.#faults.deliveries.wrongSignature ? `${webhook.secret.slice(1)}0` : webhook.secret
    const signature = createHmac('sha256', Buffer.from(secret, 'utf8')).update(body).digest('hex')
    this.#counters.values.deliveries.attempts++
    try {
      const response = await fetch(webhook.url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'attio-signature': signature,
          'x-attio-signature': signature,
          'idempotency-key': key,
          'user-agent': 'Attio-Webhooks/1.0',
        },
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#abort.signal]),
      })
      await response.arrayBuffer()
      return response.status
    } catch (error) {
      return error instanceof Error ? error.name : 'error'
    }
  }

  #finish(delivery: Delivery, state: Exclude<Delivery['state'], 'waiting'>): void {
    delivery.state = state
    this.#open.delete(delivery)
    const counts = this.#counters.values.deliveries
    if (state === 'acked') counts.acked++
    else if (state === 'lost') counts.lost++
    else counts.dropped++
    if (this.#open.size === 0) this.#quiet()
  }

  /** Seven days degraded and a webhook is switched off. */
  #age(webhook: Webhook): void {
    if (webhook.degradedAt === null || webhook.status !== 'degraded') return
    if (this.#world.now() - webhook.degradedAt >= DEGRADED_FOR_MS * this.#timeScale) webhook.status = 'inactive'
  }

  #quiet(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
