/** `npm run search -- "words" [options]`, see arguments.ts. Exit codes: 0 something was found, 1 nothing, or it failed. */
import { openSearch, searchSettings } from '@attio-stream/search'
import { type CommandDefinition, runCommand } from '@attio-stream/service'
import { parseTask, USAGE } from './arguments.ts'
import { answerLines, PLAIN, TERMINAL } from './lines.ts'
import { workspaceOf } from './workspace.ts'

const command: CommandDefinition<typeof searchSettings> = {
  name: 'search',
  settings: searchSettings,
  async run(given, { arguments: args, signal, print }) {
    const task = parseTask(args)
    if (task === undefined) {
      for (const line of USAGE) print(line)
      return 0
    }
    const workspace = await workspaceOf(task.workspace, given.DATABASE_URL)
    const search = openSearch(given)
    try {
      const answer = await search.find({ ...task.question, workspace }, signal)
      const look = process.stdout.isTTY ? TERMINAL : PLAIN
      if (task.json) print(JSON.stringify(answer))
      else for (const line of answerLines(answer, look)) print(line)
      return answer.hits.length > 0 ? 0 : 1
    } finally {
      await search.close()
    }
  },
}
await runCommand(command)
