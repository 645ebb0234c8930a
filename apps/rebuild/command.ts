/** What the command does for one sink after the other: settings, connections, progress, and what is said at the end. */
import { toDocument } from '@attio-stream/documents'
import { type CommandContext, databaseSettings, kafkaSettings, stateSettings } from '@attio-stream/service'
import {
  type Asked,
  buildSettings,
  cancel,
  connect,
  drop,
  type Generations,
  keyOf,
  keyText,
  paceOf,
  rebuild,
  rollback,
  type Store,
} from '@attio-stream/sink'
import { Registry } from 'prom-client'
import { z } from 'zod'
import type { Task } from './arguments.ts'
import { progressText, statusLines } from './lines.ts'
import type { Found } from './stores.ts'

const own = z.object({ ...kafkaSettings, ...databaseSettings, ...stateSettings, ...buildSettings })

/** The settings of the command and of the stores together, so that all problems come in one message. */
export const settingsFor = (stores: readonly Found[]): z.ZodObject =>
  z.object(Object.assign({ ...own.shape }, ...stores.map(({ settings }) => settings.shape)))

const EVERY = 1000

/** The exit code: 0 when all was done, 1 when something was not, 130 when it was interrupted. */
export async function run(
  given: Record<string, unknown>,
  stores: readonly Found[],
  task: Task,
  context: CommandContext,
): Promise<number> {
  let code = 0
  for (const found of stores) {
    const store = found.open(given)
    const connection = connect(given as z.infer<typeof own>, store, context, 'rebuild')
    try {
      const asked = { ...context, store, task, given: given as z.infer<typeof own>, connection }
      await perform(await connection.generations(), asked)
    } catch (error) {
      if (context.signal.aborted) {
        context.print(
          task.kind === 'start' || task.kind === 'rollback'
            ? `Interrupted. The generation of ${found.name} stays as it is; the same command goes on with it.`
            : 'Interrupted.',
        )
        return 130
      }
      context.print(`${found.name}: ${error instanceof Error ? error.message : String(error)}`)
      code = 1
    } finally {
      await connection.close()
      await store.close()
    }
  }
  return code
}

interface Performing extends CommandContext {
  readonly store: Store
  readonly task: Task
  readonly given: z.infer<typeof own>
  readonly connection: ReturnType<typeof connect>
}

async function perform(generations: Generations, { store, task, print, ...rest }: Performing): Promise<void> {
  const { logger } = rest
  switch (task.kind) {
    case 'help':
      return
    case 'status': {
      const all = await generations.all()
      if (task.json) print(JSON.stringify({ sink: store.name, generations: all }))
      else for (const line of statusLines(store.name, all)) print(line)
      return
    }
    case 'start': {
      const live = await rebuild(await asked(generations, { store, task, print, ...rest }))
      print(
        `${store.name}: generation ${live.number} is live. The one before is kept: npm run rebuild -- rollback --sink ${store.name}`,
      )
      return
    }
    case 'rollback': {
      const number = task.generation === undefined ? {} : { number: task.generation }
      const live = await rollback({ ...(await asked(generations, { store, task, print, ...rest })), ...number })
      print(`${store.name}: generation ${live.number} is live again.`)
      return
    }
    case 'cancel': {
      const { number, liveAt } = await cancel(generations, { store, logger })
      print(
        `${store.name}: generation ${number} is no longer built${liveAt === null ? ' and is gone' : ', and retired as before'}.`,
      )
      return
    }
    case 'drop': {
      const number = task.generation === undefined ? {} : { number: task.generation }
      const dropped = await drop(generations, { store, logger, ...number })
      print(`${store.name}: ${dropped.length === 0 ? 'nothing retired to drop' : `dropped ${dropped.join(', ')}`}.`)
      return
    }
  }
}

async function asked(
  generations: Generations,
  { store, given, connection, logger, signal, print }: Performing,
): Promise<Asked> {
  let saidAt = Number.NEGATIVE_INFINITY
  let said = ''
  const say = (line: string, now = true) => {
    if (line === said || (!now && performance.now() - saidAt < EVERY)) return
    saidAt = performance.now()
    said = line
    print(`${store.name}: ${line}`)
  }
  return {
    store,
    generations,
    log: connection.log,
    codec: await connection.codec(),
    format: toDocument,
    key: keyOf(store),
    logger,
    metrics: new Registry(),
    limits: { documents: given.SINK_REBUILD_BATCH_DOCUMENTS },
    pace: paceOf(given),
    directory: given.STATE_DIRECTORY,
    signal,
    onBegin: ({ number, key, places }, how) =>
      say(`generation ${number} ${how === 'new' ? 'is begun' : 'goes on'}: ${places.join(', ')} (${keyText(key)})`),
    onProgress: ({ number, state }, { health, ...progress }) => {
      const trouble = health.state === 'amber' ? `; waits: ${health.reason}` : ''
      if (state === 'building') say(`generation ${number} building, ${progressText(progress)}${trouble}`, false)
      else
        say(
          `generation ${number} ${state}${state === 'caught up' ? ', is compared document by document' : ''}${trouble}`,
        )
    },
    onCheck: ({ documents, dead, buried }) =>
      say(`compared: ${documents} documents, ${dead} dead${buried === 0 ? '' : `, ${buried} in crm.dead-letters`}`),
  }
}
