/**
 * What can go wrong between a stage and the log. LogUnavailable may heal and is retried; FencedError means somebody else
 * writes now; DecodeError and Poison never heal: the message is buried. Messages name topics and keys, never contents.
 */

/** The brokers did not answer, or did not acknowledge, in time. Nothing is known to be lost; the caller may repeat. */
export class LogUnavailable extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'LogUnavailable'
  }
}

/** A newer writer of this transactional id exists: nothing more can be written by this one. */
export class FencedError extends Error {
  readonly transactionalId: string
  constructor(transactionalId: string, options?: { readonly cause?: unknown }) {
    super(
      `The transactional writer ${transactionalId} was fenced: a newer one took its place, or its transaction timed out.`,
      options,
    )
    this.name = 'FencedError'
    this.transactionalId = transactionalId
  }
}

/** This message can never be processed, however often it is tried. `reason` is a sentence without customer text. */
export class Poison extends Error {
  readonly reason: string
  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super(reason, options)
    this.name = 'Poison'
    this.reason = reason
  }
}

/** The bytes are not a value of this topic. */
export class DecodeError extends Poison {
  readonly topic: string
  constructor(topic: string, reason: string, options?: { readonly cause?: unknown }) {
    super(reason, options)
    this.name = 'DecodeError'
    this.topic = topic
  }
}

/** A programming error: never retried and never buried, the process must fail loudly. */
export function isBug(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    (error instanceof Error && error.name === 'AssertionError')
  )
}
