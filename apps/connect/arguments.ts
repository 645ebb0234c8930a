/** What was asked for on the command line. A token is never repeated in a message. */
import { parseArgs } from 'node:util'
import { ConnectError } from './connect.ts'

export type Task =
  | {
      readonly kind: 'connect'
      readonly token: string | undefined
      readonly webhookUrl: string | undefined
      readonly webhook: boolean
    }
  | { readonly kind: 'list' }
  | { readonly kind: 'disconnect'; readonly workspace: string }
  | { readonly kind: 'test'; readonly workspace: string }
  | { readonly kind: 'reseal' }
  | { readonly kind: 'help' }

export const USAGE = [
  'npm run connect -- --token TOKEN [--webhook-url URL]   connect a workspace; "--token -" reads it from standard input',
  '                                                       without --token it is taken from ATTIO_API_KEY',
  '                            --without-webhook         read only: nothing is told by Attio, nothing needs to be reachable',
  'npm run connect -- --list                              all connections',
  'npm run connect -- --test WORKSPACE                    ask Attio about token and webhook, and try a delivery',
  'npm run connect -- --disconnect WORKSPACE              delete the webhook, forget the token',
  'npm run connect -- --reseal                            seal all secrets with the newest ENCRYPTION_KEY',
  'WORKSPACE is its slug, name or id.',
] as const

/** @throws ConnectError when it makes no sense. */
export function parseTask(args: readonly string[]): Task {
  const { values, positionals } = read(args)
  // npm swallows the dashes of `npm run connect --token X`: what is left may be a token.
  if (positionals.length > 0) throw new ConnectError(`Words without an option are not understood.\n${USAGE.join('\n')}`)
  const { list, test, disconnect, reseal, help } = values
  const asked = [list, test, disconnect, reseal].filter((one) => one !== undefined && one !== false)
  if (help) return { kind: 'help' }
  if (asked.length > 1) throw new ConnectError('One thing at a time: --list, --test, --disconnect or --reseal.')
  if (list) return { kind: 'list' }
  if (test !== undefined) return { kind: 'test', workspace: test }
  if (disconnect !== undefined) return { kind: 'disconnect', workspace: disconnect }
  if (reseal) return { kind: 'reseal' }
  return {
    kind: 'connect',
    token: values.token,
    webhookUrl: values['webhook-url'],
    webhook: !values['without-webhook'],
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        token: { type: 'string' },
        'webhook-url': { type: 'string' },
        'without-webhook': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        test: { type: 'string' },
        disconnect: { type: 'string' },
        reseal: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new ConnectError(`An option is unknown or lacks its value.\n${USAGE.join('\n')}`, { cause })
  }
}
