/** Reads a number off the metrics page of a process of ours. */
import type { Service } from '@attio-stream/stack/system'
import { until } from './until.ts'

/** The sum of all series of this name whose labels contain `labels`; 0 when there is none. */
export async function metric({ url, name: of }: Service, name: string, labels = ''): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`the metrics of ${of} answer ${response.status}`)
  return sumOf(await response.text(), name, labels)
}

export function sumOf(page: string, name: string, labels = ''): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** Resolves as soon as the metric is `by` higher than now. */
export async function grown(
  service: Service,
  name: string,
  { by, withinMs = 30_000 }: { readonly by: number; readonly withinMs?: number },
): Promise<void> {
  const before = await metric(service, name)
  await until(
    `${name} of ${service.name} growing by ${by}`,
    async () => {
      const now = await metric(service, name)
      if (now < before + by) throw new Error(`it went from ${before} to ${now}`)
    },
    { withinMs, everyMs: 10 },
  )
}
