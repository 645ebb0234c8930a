/**
 * Mends two idle costs of kafkajs 2.2.4: its request queue re-arms a timer of -1 ms (so 1 ms) for ever on every connection,
 * with a TimeoutNegativeWarning, and looks for timed out requests ten times a second even when none is under way.
 */
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const PENDING_INTERVAL = 10
const TIMEOUT_CHECK_INTERVAL = 1_000
let mended = false

export function mendRequestQueue(): void {
  if (mended) return
  mended = true
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return
    const throttled = this.throttledUntil - Date.now()
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      throttled > 0 ? throttled : PENDING_INTERVAL,
    )
  }
  RequestQueue.prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    this.requestTimeoutIntervalId = setInterval(
      () => {
        for (const request of this.inflight.values()) {
          if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
        }
        if (!this.isConnected()) this.destroy()
      },
      Math.min(this.requestTimeout, TIMEOUT_CHECK_INTERVAL),
    )
  }
}
