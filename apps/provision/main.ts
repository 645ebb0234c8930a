/** `npm run provision [-- --check]`. Exit codes: 0 done, 1 could not, 2 with --check: something is missing or differs. */
import { parseArgs } from 'node:util'
import { runCommand } from '@attio-stream/service'
import { settings } from './config.ts'
import { provision } from './provision.ts'
import { isAsWanted, reportLines } from './report.ts'

await runCommand({
  name: 'provision',
  settings,
  async run(given, { arguments: args, signal, print }) {
    const { check } = parseArgs({ args: [...args], options: { check: { type: 'boolean', default: false } } }).values
    const report = await provision({
      brokers: given.KAFKA_BROKERS,
      registryUrl: given.SCHEMA_REGISTRY_URL,
      cell: given.CELL,
      partitions: given.PARTITIONS,
      replicationFactor: given.REPLICATION_FACTOR,
      waitMs: given.PROVISION_WAIT * 1000,
      checkOnly: check,
      signal,
      say: print,
    })
    for (const line of reportLines(report)) print(line)
    return check && !isAsWanted(report) ? 2 : 0
  },
})
