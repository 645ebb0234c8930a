/** `npm run connect`: see arguments.ts for what it takes. Exit codes: 0 done, 1 could not, or --test found something wrong. */
import { text } from 'node:stream/consumers'
import { type Connection, Connections, keyring, openControl, runCommand } from '@attio-stream/service'
import { parseTask, type Task, USAGE } from './arguments.ts'
import { settings } from './config.ts'
import { ConnectError, connectWorkspace, disconnectWorkspace, testWorkspace } from './connect.ts'
import { connectedLines, listLines } from './lines.ts'

await runCommand({
  name: 'connect',
  settings,
  async run(given, { arguments: args, signal, print }) {
    const task = parseTask(args)
    if (task.kind === 'help') return say(USAGE, print)
    const control = await openControl({ databaseUrl: given.DATABASE_URL, poolSize: 1 })
    try {
      const connections = new Connections(control, keyring(given.ENCRYPTION_KEY, given.ENCRYPTION_KEYS_OLD))
      const options = { connections, apiUrl: given.ATTIO_API_URL, signal }
      switch (task.kind) {
        case 'list':
          return say(listLines(await connections.list()), print)
        case 'reseal':
          return say([`Sealed again: ${await connections.reseal()} of the connections.`], print)
        case 'connect': {
          const publicUrl = task.webhook ? (task.webhookUrl ?? given.PUBLIC_WEBHOOK_URL) : null
          if (publicUrl === undefined)
            throw new ConnectError(
              'Where does Attio reach apps/webhook? Set PUBLIC_WEBHOOK_URL, or give --webhook-url, or --without-webhook.',
            )
          const token = await tokenOf(task, given.ATTIO_API_KEY)
          return say(connectedLines(await connectWorkspace({ ...options, token, publicUrl }), publicUrl), print)
        }
        case 'disconnect': {
          const connection = await find(connections, task.workspace)
          const { webhook } = await disconnectWorkspace(connection, options)
          return say(
            [
              `Disconnected ${connection.workspaceName}.`,
              webhook === 'left'
                ? 'Attio refuses the token, so the webhook is still there: delete it in Attio.'
                : 'Attio sends nothing any more; delete the API key in Attio if nothing else uses it.',
            ],
            print,
          )
        }
        case 'test': {
          const connection = await find(connections, task.workspace)
          const { problems } = await testWorkspace(connection, options)
          say(
            problems.length === 0 ? [`${connection.workspaceName}: token, webhook and delivery work.`] : problems,
            print,
          )
          return problems.length === 0 ? 0 : 1
        }
      }
    } finally {
      await control.close()
    }
  },
})

function say(lines: readonly string[], print: (line: string) => void): 0 {
  for (const line of lines) print(line)
  return 0
}

async function tokenOf(task: Extract<Task, { kind: 'connect' }>, fromEnvironment: string | undefined): Promise<string> {
  const given = task.token === '-' ? await text(process.stdin) : (task.token ?? fromEnvironment)
  const token = given?.trim() ?? ''
  if (token === '') throw new ConnectError(`No token was given.\n${USAGE.join('\n')}`)
  if (/\s/.test(token)) throw new ConnectError('The token has a space or a line break in it: copy it again.')
  return token
}

async function find(connections: Connections, workspace: string): Promise<Connection> {
  const { connections: all, unreadable } = await connections.list()
  const found = all.filter((one) => [one.workspaceId, one.workspaceSlug, one.workspaceName].includes(workspace))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.length > 1) throw new ConnectError('Several workspaces are called that: give its id (--list shows them).')
  const closed = unreadable.find((one) => one.workspaceId === workspace)
  throw new ConnectError(closed?.reason ?? 'No such workspace is connected; --list shows those that are.')
}
