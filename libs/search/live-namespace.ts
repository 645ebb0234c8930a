/** Which namespace of a workspace readers use: the live generation. */

export interface Namespaces {
  readonly prefix: string
  readonly generation: number
}

export async function liveNamespace(workspace: string, { prefix, generation }: Namespaces): Promise<string> {
  return `${prefix}${workspace}-g${generation}`
}
