/** The emulator alone: `npm run emulator:attio -- --size small --port 7070`. Prints where it is and how to get in. */
import { parseArgs } from 'node:util'
import { startAttioEmulator } from './index.ts'
import type { SeedSize } from './seed/sizes.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7070' },
    size: { type: 'string', default: 'small' },
    seed: { type: 'string', default: '1' },
    records: { type: 'string' },
    workspaces: { type: 'string', default: '1' },
    token: { type: 'string', multiple: true },
    'time-scale': { type: 'string', default: '1' },
    'no-limits': { type: 'boolean', default: false },
  },
})
const sizes: readonly string[] = ['empty', 'small', 'medium', 'large'] satisfies SeedSize[]
if (!sizes.includes(values.size)) throw new RangeError(`--size must be one of ${sizes.join(', ')}.`)

const emulator = await startAttioEmulator({
  port: Number(values.port),
  size: values.size as SeedSize,
  seed: Number(values.seed),
  workspaces: Number(values.workspaces),
  timeScale: Number(values['time-scale']),
  ...(values.records === undefined ? {} : { records: Number(values.records) }),
  ...(values.token === undefined ? {} : { tokens: values.token }),
  ...(values['no-limits'] ? { limits: 'off' as const } : {}),
  say: (line) => console.log(line),
})
for (const workspace of emulator.workspaces)
  console.log(`workspace ${workspace.slug} (${workspace.id})\n  token ${workspace.token}`)
console.log(`oauth client ${emulator.oauth.clientId} secret ${emulator.oauth.clientSecret}`)
console.log(`control ${emulator.url}/_control/{state,edit,faults,deliveries,truth,reset-counters}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    emulator.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
