/**
 * The whole state of the emulated Attio: workspaces, tokens, what is due later, and who listens to events.
 * No clock, no randomness and no timers of its own: all three are given, so a simulation can drive it in memory.
 * What edits mean is in the neighbouring files; this one only keeps and announces.
 */
import { disabledObject, noList, noObject, notFound } from '../errors.ts'
import type { Actor, AttioEvent, Collection, Token, Workspace } from './model.ts'
import { Ordered } from './ordered.ts'
import { hexFrom, type Random, uuidFrom } from './random.ts'
import { defaultWorldSwitches, type WorldSwitches } from './switches.ts'

export type EventListener = (workspace: Workspace, event: AttioEvent) => void

export class World {
  readonly workspaces = new Map<string, Workspace>()
  readonly tokens = new Map<string, Token>()
  readonly switches: WorldSwitches
  readonly random: Random
  /** While seeding nothing is announced, nothing is due later, and nothing was ever otherwise. */
  seeding = false
  /** While true nothing is announced. */
  quiet = false
  #clock: () => number
  #listeners = new Set<EventListener>()
  #due: { readonly at: number; readonly run: () => void }[] = []
  #wake: (at: number) => void = () => {}
  #held: [Workspace, AttioEvent][] | undefined

  constructor(options: { clock: () => number; random: Random; switches?: WorldSwitches }) {
    this.#clock = options.clock
    this.random = options.random
    this.switches = options.switches ?? defaultWorldSwitches()
  }

  /** Milliseconds since the epoch by the world's clock. */
  now(): number {
    return this.#clock()
  }

  uuid(): string {
    return uuidFrom(this.random)
  }

  on(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Runs an edit as one commit: its events are announced when all of it has happened, in order. */
  batch<T>(edit: () => T): T {
    if (this.#held) return edit()
    const held: [Workspace, AttioEvent][] = []
    this.#held = held
    try {
      return edit()
    } finally {
      this.#held = undefined
      for (const [workspace, event] of held) this.emit(workspace, event)
    }
  }

  emit(workspace: Workspace, event: AttioEvent): void {
    if (this.quiet || this.seeding) return
    if (this.#held) {
      this.#held.push([workspace, event])
      return
    }
    for (const listener of this.#listeners) listener(workspace, event)
    if (this.switches.unknownEventRate > 0 && this.random() < this.switches.unknownEventRate)
      for (const listener of this.#listeners)
        listener(workspace, { ...event, event_type: `${event.event_type.split('.')[0]}.pondered` })
  }

  /** Runs something `delayMs` from now, at the next `advance` at or after that time. */
  after(delayMs: number, run: () => void): void {
    if (this.seeding) return
    const at = this.now() + delayMs
    this.#due.push({ at, run })
    this.#due.sort((a, b) => a.at - b.at)
    this.#wake(at)
  }

  /** Called with the time at which `advance` must next be called. */
  onDue(wake: (at: number) => void): void {
    this.#wake = wake
  }

  nextDue(): number | undefined {
    return this.#due[0]?.at
  }

  /** Runs what has become due. */
  advance(): void {
    for (let next = this.#due[0]; next && next.at <= this.now(); next = this.#due[0]) {
      this.#due.shift()
      this.batch(next.run)
    }
  }

  addWorkspace(name: string, slug: string, createdAt = this.now()): Workspace {
    const workspace: Workspace = {
      id: this.uuid(),
      slug,
      name,
      createdAt,
      objects: new Map(),
      lists: new Map(),
      home: new Map(),
      members: new Map(),
      notes: new Ordered(),
      tasks: new Ordered(),
      comments: new Ordered(),
      notesOf: new Map(),
      tasksOf: new Map(),
      entriesOf: new Map(),
      commentsOf: new Map(),
      referrers: new Map(),
      webhooks: new Map(),
      merging: new Map(),
    }
    this.workspaces.set(workspace.id, workspace)
    return workspace
  }

  /** A new 64 character token. */
  addToken(workspace: Workspace, member: string, scopes: readonly string[], fixed?: string, client?: string): Token {
    const token: Token = {
      token: fixed ?? hexFrom(this.random, 64),
      id: this.uuid(),
      workspace: workspace.id,
      scopes,
      client: client ?? this.uuid(),
      member,
      issuedAt: this.now(),
      revoked: false,
    }
    this.tokens.set(token.token, token)
    return token
  }

  /** By id or slug; the first one when not named. */
  workspace(ref?: string): Workspace {
    for (const workspace of this.workspaces.values())
      if (ref === undefined || workspace.id === ref || workspace.slug === ref) return workspace
    throw notFound(`Could not find workspace "${ref}".`)
  }
}

/** The object with this slug or id, refused when it is a disabled standard object. */
export function objectOf(workspace: Workspace, ref: string): Collection {
  const object = workspace.objects.get(ref) ?? bySlug(workspace.objects, ref)
  if (!object) throw noObject(ref)
  if (!object.enabled) throw disabledObject(ref)
  return object
}

export function listOf(workspace: Workspace, ref: string): Collection {
  const list = workspace.lists.get(ref) ?? bySlug(workspace.lists, ref)
  if (!list) throw noList(ref)
  return list
}

function bySlug(collections: Map<string, Collection>, slug: string): Collection | undefined {
  for (const collection of collections.values()) if (collection.slug === slug) return collection
  return undefined
}

export function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
  const set = index.get(key)
  if (set) set.add(id)
  else index.set(key, new Set([id]))
}

export function removeFrom(index: Map<string, Set<string>>, key: string, id: string): void {
  const set = index.get(key)
  if (!set?.delete(id)) return
  if (set.size === 0) index.delete(key)
}

export const memberActor = (id: string): Actor => ({ type: 'workspace-member', id })
