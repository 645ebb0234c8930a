/**
 * Finds and loads apps: every folder beside this one whose index.ts exports `app`. The one place where apps are put
 * together; each is imported by its package name, so only those asked for are loaded.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AppDefinition } from '@attio-stream/service'

const FOLDER = join(import.meta.dirname, '..')

/** The order of the flow: hosted apps start together and stop in this order. Apps not named here come last. */
const FLOW = ['webhook', 'hydrate', 'backfill', 'compact', 'enrich']

/** An app was asked for that is not there; the message names those that are. */
export class UnknownApp extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnknownApp'
  }
}

/** Names of all apps that run on (commands such as provision are none), in the order of the flow. */
export async function appNames(): Promise<readonly string[]> {
  const names = readdirSync(FOLDER).filter((name) => name !== 'host')
  const apps = await Promise.all(names.map(async (name) => ({ name, app: await appOf(name) })))
  return inFlow(apps.flatMap(({ name, app }) => (app === undefined ? [] : [name])))
}

/**
 * The apps of these names, or of all for `all`, in the order of the flow, each once.
 * @throws UnknownApp
 */
export async function loadApps(names: readonly string[]): Promise<readonly AppDefinition[]> {
  if (names.length === 0) throw new UnknownApp(`Name the apps to host: ${(await appNames()).join(', ')}, or all.`)
  const wanted = names.includes('all') ? await appNames() : inFlow([...new Set(names)])
  const apps = await Promise.all(wanted.map(async (name) => ({ name, app: await appOf(name) })))
  const unknown = apps.filter(({ app }) => app === undefined).map(({ name }) => name)
  if (unknown.length > 0)
    throw new UnknownApp(`There is no app ${unknown.join(', ')}; there are: ${(await appNames()).join(', ')}, or all.`)
  return apps.flatMap(({ app }) => (app === undefined ? [] : [app]))
}

/** The app in the folder of that name; undefined when there is none, or it is a command. */
async function appOf(name: string): Promise<AppDefinition | undefined> {
  if (!/^[a-z][a-z-]*$/.test(name) || !existsSync(join(FOLDER, name, 'index.ts'))) return undefined
  const exported = (await import(`@attio-stream/${name}`)) as { readonly app?: AppDefinition }
  return exported.app
}

function inFlow(names: readonly string[]): readonly string[] {
  const rank = (name: string) => (FLOW.includes(name) ? FLOW.indexOf(name) : FLOW.length)
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
