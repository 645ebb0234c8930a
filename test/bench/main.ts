/**
 * `make bench [parts]`: pipeline freshness ingress join restart idle, all unless some are named. Prints what is measured beside what it
 * is held against; docs/benchmarks.md keeps what was measured, by hand, with the machine it was measured on.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, figures, machine } from './figure.ts'
import { freshnessBench } from './freshness.ts'
import { idleBench } from './idle.ts'
import { ingressBench } from './ingress.ts'
import { joinBench } from './join.ts'
import { pipelineBench } from './pipeline.ts'
import { restartBench } from './restart.ts'

const PARTS: Readonly<Record<string, (say: (line: string) => void) => Promise<readonly Figure[]>>> = {
  pipeline: pipelineBench,
  freshness: freshnessBench,
  ingress: ingressBench,
  join: joinBench,
  restart: restartBench,
  idle: idleBench,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((part) => !(part in PARTS))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
mkdirSync(join(import.meta.dirname, '../../.data'), { recursive: true })
const began = performance.now()
const say = (line: string) => console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
console.log(machine())
for (const [part, bench] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(part)) continue
  say(`bench ${part}`)
  console.log(`\n${part}\n${figures(await bench(say))}`)
}
