/**
 * Reads the settings of one or several apps from environment variables. All problems of all apps come in one message,
 * each with its name, what is wrong and what it is for; no value is ever repeated. Which variables there are is
 * settings.ts's and the apps' own.
 */
import type { z } from 'zod'

export type Environment = Readonly<Record<string, string | undefined>>

/** Whatever has a name and settings: an app or a command. */
export interface SettingsUser {
  readonly name: string
  readonly settings: z.ZodObject
}

export interface SettingsProblem {
  /** Environment variable. */
  readonly variable: string
  readonly wrong: string
  readonly purpose: string
  readonly users: readonly string[]
}

/** Settings are missing or wrong. The message names all of them and holds none of their values. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[]
  constructor(problems: readonly SettingsProblem[]) {
    super(report(problems))
    this.name = 'SettingsError'
    this.problems = problems
  }
}

/**
 * The settings of each user, in the order given. An empty variable counts as not set.
 * @throws SettingsError naming every problem of every user.
 */
export function readSettings<const Users extends readonly SettingsUser[]>(
  users: Users,
  environment: Environment,
): { readonly [I in keyof Users]: z.infer<Users[I]['settings']> } {
  const problems = new Map<string, SettingsProblem>()
  const settings = users.map((user) => {
    const given = pick(user.settings, environment)
    const parsed = user.settings.safeParse(given)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) {
      const variable = issue.path.length === 0 ? '(together)' : String(issue.path[0])
      const value = environment[variable]
      const wrong = value === undefined || value === '' ? missing(issue) : withoutValue(issue.message, value)
      const known = problems.get(`${variable} ${wrong}`)
      problems.set(`${variable} ${wrong}`, {
        variable,
        wrong,
        purpose: purposeOf(user.settings, variable),
        users: [...(known?.users ?? []), ...(known?.users.includes(user.name) ? [] : [user.name])],
      })
    }
    return undefined
  })
  if (problems.size > 0) throw new SettingsError([...problems.values()])
  return settings as { readonly [I in keyof Users]: z.infer<Users[I]['settings']> }
}

/** The description of a setting, looked for under defaults, optionals and transformations; '' where it has none. */
export function purposeOf(settings: z.ZodObject, variable: string): string {
  let schema: unknown = settings.shape[variable]
  while (isSchema(schema)) {
    if (schema.description !== undefined) return schema.description
    schema = schema.def.innerType ?? schema.def.in
  }
  return ''
}

interface SchemaParts {
  readonly description?: string | undefined
  readonly def: { readonly innerType?: unknown; readonly in?: unknown }
}

function isSchema(value: unknown): value is SchemaParts {
  return typeof value === 'object' && value !== null && 'def' in value
}

function pick(settings: z.ZodObject, environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.keys(settings.shape).flatMap((name) => {
      const value = environment[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

function missing(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' ? issue.message : 'is missing'
}

/** Zod does not repeat what it was given; a refinement of ours might. */
function withoutValue(message: string, value: string): string {
  return message.replaceAll(value, '(its value)').replace(/^Invalid input: /, '')
}

function report(problems: readonly SettingsProblem[]): string {
  const lines = problems.map(({ variable, wrong, purpose, users }) => {
    const what = purpose === '' ? '' : ` — ${purpose}`
    return `  ${variable}: ${wrong}${what} (${users.join(', ')})`
  })
  const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`
  return [`${count} missing or wrong; set them in the environment or in .env:`, ...lines].join('\n')
}
