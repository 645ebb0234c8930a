/** The command: opens the log, the registry and the control database, does what was asked, says what became of each letter. */
import { userInfo } from 'node:os'
import {
  type CommandContext,
  type CommandDefinition,
  databaseSettings,
  kafkaSettings,
  openControl,
} from '@attio-stream/service'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import { z } from 'zod'
import type { Asked } from './arguments.ts'
import { decisionsIn } from './decisions.ts'
import { dropLetters } from './drop.ts'
import { findLetter, listLetters, type Office } from './letters.ts'
import { type Outcome, redriveLetters } from './redrive.ts'
import { listLines, outcomeLine, showLines, summary } from './report.ts'
import type { OpenStore } from './stores.ts'

const settings = z.object({ ...kafkaSettings, ...databaseSettings })

export function deadLettersCommand(asked: Asked, openStore: OpenStore): CommandDefinition<typeof settings> {
  return {
    name: 'dead-letters',
    settings,
    async run(given, context) {
      const control = await openControl({ databaseUrl: given.DATABASE_URL })
      const log = kafkaLog({
        brokers: given.KAFKA_BROKERS,
        prefix: given.CELL,
        clientId: 'dead-letters',
        onLog: ({ level, message, fields }) => context.logger[level](fields, message),
      })
      try {
        const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
        const office = { log, codec, decisions: decisionsIn(control), signal: context.signal }
        switch (asked.command) {
          case 'list':
            return await list(asked, office, context)
          case 'show':
            return await show(asked, office, context)
          case 'redrive': {
            const rows = await control.db
              .selectFrom('connections')
              .select('workspace_id')
              .where('status', '!=', 'disconnected')
              .execute()
            const connected = new Set(rows.map((row) => row.workspace_id))
            const options = { ...office, ...tell(asked, context), openStore, connected }
            return conclude(asked, await redriveLetters(options, asked.filter), context)
          }
          case 'drop':
            return conclude(asked, await dropLetters({ ...office, ...tell(asked, context) }, asked.filter), context)
        }
      } finally {
        await log.close()
        await control.close()
      }
    },
  }
}

async function list({ filter, limit, json }: Asked, office: Office, { print }: CommandContext): Promise<number> {
  const { letters, unreadable } = await listLetters(office, filter)
  if (json) print(JSON.stringify({ letters, unreadable }))
  else for (const line of listLines(letters, unreadable, limit)) print(line)
  return 0
}

async function show(
  { ids: [id = ''], bytes, json }: Asked,
  office: Office,
  { print }: CommandContext,
): Promise<number> {
  const found = await findLetter(office, id)
  if (found === undefined) throw new Error(`There is no letter ${id}; it may have been buried more than 30 days ago.`)
  if (bytes) {
    await new Promise<void>((resolve, reject) =>
      process.stdout.write(found.letter.value ?? '', (error) => (error == null ? resolve() : reject(error))),
    )
  } else if (json) print(JSON.stringify(found.entry))
  else for (const line of showLines(found.entry)) print(line)
  return 0
}

const tell = ({ json }: Asked, { print }: CommandContext) => ({
  by: userInfo().username,
  onLetter: (id: string, outcome: Outcome) =>
    print(json ? JSON.stringify({ id, ...outcome }) : outcomeLine(id, outcome)),
})

function conclude({ ids, json }: Asked, outcomes: readonly Outcome[], { print }: CommandContext): number {
  if (!json) print(summary(outcomes))
  if (ids.length > outcomes.length && !json)
    print(`${ids.length - outcomes.length} of them are not open, or not there any more.`)
  return outcomes.some(({ kind }) => kind === 'refused') ? 1 : 0
}
