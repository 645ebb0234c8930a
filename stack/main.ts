/**
 * The command line: `up [--servers]`, `status`, `down [--data]`, `env`. `up` leaves everything, or only the servers, running in the
 * background (background.ts); the others find them by the state file. Everything is a setting, see .env.example.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { down } from './command/down.ts'
import { printAddresses } from './command/env.ts'
import { status } from './command/status.ts'
import { up } from './command/up.ts'
import { readConfig } from './config.ts'
import { StackError } from './server.ts'

const settings = join(import.meta.dirname, '../.env')
if (existsSync(settings)) process.loadEnvFile(settings)

const [command, ...flags] = process.argv.slice(2)
try {
  const config = readConfig(process.env)
  switch (command) {
    case 'up':
      await up(config, { serversOnly: flags.includes('--servers') })
      break
    case 'status':
      process.exitCode = (await status(config)) ? 0 : 1
      break
    case 'down':
      await down(config, { data: flags.includes('--data') })
      break
    case 'env':
      printAddresses(config)
      break
    default:
      console.error('usage: node stack/main.ts up [--servers] | status | down [--data] | env')
      process.exitCode = 2
  }
} catch (error) {
  if (!(error instanceof StackError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
