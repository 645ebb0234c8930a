/** The namespaces of a generation that are there. Retrying is the loop's. */
import type { Turbopuffer } from '@turbopuffer/turbopuffer'
import { type Naming, workspaceOf } from './names.ts'

export async function namespacesOf(
  client: Turbopuffer,
  naming: Naming,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = []
  const options = signal ? { maxRetries: 0, signal } : { maxRetries: 0 }
  for await (const { id } of client.namespaces({ prefix: naming.prefix, page_size: 1000 }, options))
    if (workspaceOf(id, naming) !== undefined) names.push(id)
  return names
}
