/** The control plane of the emulated Attio over HTTP: what a person does in its screens, what it counted, what is true. */

export interface EmulatedWorkspace {
  readonly id: string
  readonly slug: string
  readonly token: string
  /** By object slug. */
  readonly records: Readonly<Record<string, number>>
}

interface WireState {
  readonly workspaces: readonly {
    readonly id: string
    readonly slug: string
    readonly tokens: readonly { readonly token: string }[]
    readonly objects: readonly { readonly slug: string; readonly enabled: boolean; readonly records: number }[]
  }[]
  readonly counters: Counters
  readonly violations: number
  readonly deliveriesPending: number
}

export interface ControlState {
  readonly workspaces: readonly EmulatedWorkspace[]
  readonly counters: Counters
  /** Requests made inside a Retry-After window. */
  readonly violations: number
  /** Webhooks not answered yet and not given up. */
  readonly deliveriesPending: number
}

export class AttioControl {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async state(): Promise<ControlState> {
    const { workspaces, ...rest } = (await this.#call('GET', 'state')) as WireState
    return {
      ...rest,
      workspaces: workspaces.map(({ id, slug, tokens, objects }) => ({
        id,
        slug,
        token: tokens[0]?.token ?? '',
        records: Object.fromEntries(objects.filter((each) => each.enabled).map((each) => [each.slug, each.records])),
      })),
    }
  }

  /** An edit by its name in test/emulators/attio/edits.ts; gives what the edit gives. */
  async edit(edit: string, args: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return (await this.#call('POST', 'edit', { ...args, edit })) as Record<string, unknown>
  }

  async faults(faults: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#call('POST', 'faults', faults)
  }

  async resetCounters(): Promise<void> {
    await this.#call('POST', 'reset-counters', {})
  }

  async truth(query: Readonly<Record<string, string>>): Promise<unknown> {
    return this.#call('GET', `truth?${new URLSearchParams(query)}`)
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/_control/${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} /_control/${path} answered ${response.status}: ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
}

/** The part of the emulator's counters that is read from outside. */
export interface Counters {
  readonly requests: number
  /** By method and route. */
  readonly calls: Readonly<Record<string, number>>
  readonly status: Readonly<Record<string, number>>
  readonly limited: number
  /** Requests inside a Retry-After window, by token. */
  readonly violations: Readonly<Record<string, number>>
  readonly deliveries: { readonly messages: number; readonly acked: number; readonly lost: number }
}
