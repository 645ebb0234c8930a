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

/**
 * Why a message is buried, in words that can be counted. unreadable: its bytes are not what its topic says. rejected: they
 * are, and make no sense. refused, forbidden: a store, or Attio, will never take it. too-large: no message can hold it.
 */
export type Fault = 'unreadable' | 'rejected' | 'refused' | 'forbidden' | 'too-large'

export interface PoisonOptions {
  readonly cause?: unknown
  /** Default rejected. */
  readonly fault?: Fault
  /** Whose message it is, where its headers do not say. */
  readonly workspace?: string
}

/** This message can never be processed, however often it is tried. `reason` is a sentence without customer text. */
export class Poison extends Error {
  readonly reason: string
  readonly fault: Fault
  readonly workspace: string | undefined
  constructor(reason: string, { fault = 'rejected', workspace, ...options }: PoisonOptions = {}) {
    super(reason, options)
    this.name = 'Poison'
    this.reason = reason
    this.fault = fault
    this.workspace = workspace
  }
}

/** The bytes are not a value of this topic. */
export class DecodeError extends Poison {
  readonly topic: string
  constructor(topic: string, reason: string, options?: { readonly cause?: unknown }) {
    super(reason, { ...options, fault: 'unreadable' })
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
