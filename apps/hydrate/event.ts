/** What happened in hydrate, for metrics and logs; no customer text. Counting and saying it is metrics.ts. */
import type { Fault } from '@attio-stream/stream'

export type HydratorEvent =
  | {
      readonly kind: 'read'
      readonly things: number
      readonly changes: number
      readonly gone: number
      readonly missing: number
    }
  | { readonly kind: 'fresh'; readonly seconds: number }
  | {
      readonly kind: 'parked' | 'dropped' | 'skipped'
      readonly workspace: string
      readonly notices: number
      readonly reason: string
    }
  | {
      readonly kind: 'buried'
      readonly workspace: string
      readonly reason: string
      readonly fault: Fault
      readonly notices: number
    }
  | { readonly kind: 'later'; readonly workspace: string; readonly reason: string }
