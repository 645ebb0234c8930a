/** What a command of a schedule does to the running system. Outages end by themselves, some time later. */
import type { AttioApp } from '../emulators/attio/index.ts'
import { randomFrom } from '../emulators/attio/world/random.ts'
import type { Desk } from '../oracle/random-edits.ts'
import type { Machine } from './machine.ts'
import type { Command } from './schedule.ts'
import { silently } from './silent-edits.ts'
import type { Process, StageName, System } from './system.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Scene {
  readonly attio: AttioApp
  readonly attioMachine: Machine
  readonly system: System
  readonly time: VirtualTime
  /** One a workspace. */
  readonly desks: readonly Desk[]
  /** Objects out of sight, by id. */
  readonly hidden: Set<string>
  readonly count: (what: string) => void
  /** How often something was done that not every event tells of. */
  readonly told: { merges: number; silence: number }
  /** Told of everything that was done in Attio. */
  readonly edited: (what: string) => void
}

/** What the log cleaner goes over; attio.changes it leaves alone for a week. */
const CLEANED = ['crm.records', 'crm.children', 'crm.attachments', 'crm.names', 'crm.artifacts'] as const
const MOST_MEMBERS = 3

export function obey(command: Exclude<Command, { kind: 'wait' }>, scene: Scene): void {
  const { system, time, count } = scene
  switch (command.kind) {
    case 'edit':
      for (let n = 0; n < command.times; n++) edit(command.workspace, command.seed + n, scene, (desk) => desk.act())
      return
    case 'silent edit':
      scene.told.silence++
      edit(command.workspace, command.seed, scene, (desk, workspace) => silently(desk, scene.attio, workspace))
      return
    case 'crash': {
      const process = oneOf(system, command.stage, command.which)
      if (process === undefined) return
      process.machine.doom(command.steps, () => {
        count(`crash ${command.stage}, disk ${command.disk}`)
        system.crash(process, command)
      })
      return
    }
    case 'freeze': {
      const process = oneOf(system, command.stage, command.which)
      process?.machine.doom(command.steps, () => system.freeze(process, command.ms))
      return
    }
    case 'join':
      if (system.of(command.stage).length >= MOST_MEMBERS) return
      count(`member joins ${command.stage}`)
      system.start(command.stage)
      return
    case 'leave': {
      const process = oneOf(system, command.stage, command.which)
      if (process === undefined || process.machine.frozen || system.of(command.stage).length < 2) return
      count(`member leaves ${command.stage}`)
      system.leave(process)
      return
    }
    case 'brokers away':
      count('brokers away')
      system.log.setAway(true)
      time.after(command.ms, 'brokers back', () => system.log.setAway(false))
      return
    case 'store down': {
      const { faults } = system.stores[command.store as 0 | 1]
      faults.down = true
      time.after(command.ms, 'store back', () => {
        faults.down = false
      })
      return
    }
    case 'walk':
      system.walk(workspaceOf(command.workspace, scene), command.as)
      return
    case 'lists shift': {
      const workspace = scene.attio.world.workspace(workspaceOf(command.workspace, scene))
      const { deleteNote, deleteTask } = scene.attio.edit
      count('lists shift')
      scene.attioMachine.run(() => {
        for (const { id } of [...workspace.notes.values()].slice(0, 2))
          deleteNote({ workspace: workspace.id, note: id })
        for (const { id } of [...workspace.tasks.values()].slice(0, 2))
          deleteTask({ workspace: workspace.id, task: id })
      })
      return
    }
    case 'out of sight': {
      const { world, deliveries } = scene.attio
      const workspace = world.workspace(workspaceOf(command.workspace, scene))
      const object = [...workspace.objects.values()][command.object % workspace.objects.size]
      const [record] = object?.items.values() ?? []
      const [webhook] = workspace.webhooks.values()
      if (object === undefined || record === undefined || webhook === undefined || !object.enabled) return
      count('object out of sight')
      scene.told.silence++
      scene.hidden.add(object.id)
      time.after(command.ms, 'in sight again', () => scene.hidden.delete(object.id))
      const id = { workspace_id: workspace.id, object_id: object.id, record_id: record.id }
      const actor = { type: 'system' as const, id: null }
      scene.attioMachine.run(() => deliveries.sendTest(workspace, webhook, { event_type: 'record.deleted', id, actor }))
      return
    }
    case 'log cleaned':
      count('log cleaned')
      for (const topic of CLEANED) system.log.compact(topic)
  }
}

function workspaceOf(nth: number, { attio }: Scene): string {
  return attio.workspaces[nth % attio.workspaces.length]?.id ?? ''
}

function edit(nth: number, seed: number, scene: Scene, act: (desk: Desk, workspace: string) => string): void {
  const desk = scene.desks[nth % scene.desks.length] as Desk
  desk.random = randomFrom(seed)
  const done = scene.attioMachine.run(() => act(desk, workspaceOf(nth, scene)))
  scene.edited(`${new Date(scene.time.now).toISOString()} ${done}`)
  if (done.startsWith('a merge')) scene.told.merges++
  if (!done.endsWith('not possible')) scene.count(`edit: ${done.replace(/ ([{"].*|null)$/, '')}`)
}

function oneOf(system: System, stage: StageName, which: number): Process | undefined {
  const all = system.of(stage)
  return all[which % Math.max(1, all.length)]
}
