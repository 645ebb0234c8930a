/**
 * `make bench [parts]`: pipeline freshness ingress join restart stores rebuild idle, all unless some are named; `rebuild=5000` says how
 * many documents. Prints what is measured beside what it is held against; docs/benchmarks.md keeps what was measured, by hand, with the machine it was measured on.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, figures, machine } from './figure.ts'
import { freshnessBench } from './freshness.ts'
import { idleBench } from './idle.ts'
import { ingressBench } from './ingress.ts'
import { joinBench } from './join.ts'
import { pipelineBench } from './pipeline.ts'
import { rebuildBench } from './rebuild.ts'
import { restartBench } from './restart.ts'
import { storesBench } from './stores.ts'

type Bench = (say: (line: string) => void, documents?: number) => Promise<readonly Figure[]>
const PARTS: Readonly<Record<string, Bench>> = {
  pipeline: (say) => pipelineBench(say),
  freshness: (say) => freshnessBench(say),
  ingress: (say) => ingressBench(say),
  join: (say) => joinBench(say),
  restart: (say) => restartBench(say),
  stores: storesBench,
  rebuild: rebuildBench,
  idle: (say) => idleBench(say),
}

/** By part: how many documents, where it was said. */
const wanted = new Map<string, string | undefined>(
  process.argv.slice(2).map((argument) => {
    const [part = '', documents] = argument.split('=')
    return [part, documents]
  }),
)
const unknown = [...wanted.keys()].filter((part) => !(part in PARTS))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
mkdirSync(join(import.meta.dirname, '../../.data'), { recursive: true })
const began = performance.now()
const say = (line: string) => console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
console.log(machine())
for (const [part, bench] of Object.entries(PARTS)) {
  if (wanted.size > 0 && !wanted.has(part)) continue
  const documents = wanted.get(part)
  say(`bench ${part}`)
  console.log(`\n${part}\n${figures(await bench(say, documents === undefined ? undefined : Number(documents)))}`)
}
