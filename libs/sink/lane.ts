/**
 * One partition while it is assigned: messages waiting to be written, and whether some are being written. A lane has at
 * most one batch in hand, so its offsets are committed in order and a forget never overtakes a delete.
 */
import type { StoredMessage } from '@attio-stream/stream'

const OVERHEAD = 200

export const bytesOf = (message: StoredMessage): number => (message.value?.length ?? 0) + OVERHEAD

export class Lane {
  readonly partition: number
  /** When the oldest waiting message came, ms. */
  waitingSince = 0
  bytes = 0
  /** Messages taken and not yet committed or dropped. */
  inHand: Promise<void> | undefined
  /** No longer ours, or given up: nothing of it is written or committed any more. */
  ended = false
  /** Accepts and gives nothing more; what is in hand may still finish. */
  closing = false
  #waiting: StoredMessage[] = []

  constructor(partition: number) {
    this.partition = partition
  }

  get waiting(): number {
    return this.#waiting.length
  }
  get ready(): boolean {
    return this.#waiting.length > 0 && this.inHand === undefined && !this.closing
  }

  push(messages: readonly StoredMessage[], now: number): void {
    if (this.closing) return
    if (this.#waiting.length === 0) this.waitingSince = now
    for (const message of messages) {
      this.#waiting.push(message)
      this.bytes += bytesOf(message)
    }
  }

  /** The first messages, in order, within the limits; always at least one. */
  take(count: number, bytes: number): readonly StoredMessage[] {
    let taken = 0
    let size = 0
    for (const message of this.#waiting) {
      if (taken > 0 && (taken >= count || size + bytesOf(message) > bytes)) break
      taken++
      size += bytesOf(message)
    }
    this.bytes -= size
    return this.#waiting.splice(0, taken)
  }

  close(): void {
    this.closing = true
    this.#waiting = []
    this.bytes = 0
  }
}
