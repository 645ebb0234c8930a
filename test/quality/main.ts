/**
 * `make quality`: asks the questions of questions.ts of the demo workspace in every way there is and prints how well they
 * are answered, by kind of question. `--each` also names every question whose answer was not first.
 */
import { table } from '../support/table.ts'
import { demoCorpus } from './corpus.ts'
import { filledStores } from './filled-stores.ts'
import { type Outcome, outcomes, scores, WAYS } from './measure.ts'
import { questionsOn } from './questions.ts'

const each = process.argv.includes('--each')
const say = (line: string) => console.error(line)
say('Making the documents of the demo workspace')
const { workspace, truth, writes } = await demoCorpus()
const asked = questionsOn(truth)
await using stores = await filledStores(say)
await stores.write(writes)
say(`Asking ${asked.length} questions over ${writes.length} documents\n`)

const answered: (readonly Outcome[])[] = []
for (const way of WAYS) answered.push(await outcomes(stores.search, workspace, asked, way))
const [first = new Map()] = answered.map(scores)
const digits = (value: number | undefined) => (value ?? 0).toFixed(2)
const rows = [...first].map(([kind, { questions }]) => [
  kind,
  String(questions),
  ...answered.map((given) => {
    const score = scores(given).get(kind)
    return `${digits(score?.recall)} / ${digits(score?.mrr)}`
  }),
])
console.log('recall@10 / MRR')
console.log(table([['', 'questions', ...WAYS.map(({ name }) => name)], ...rows]))
if (each)
  for (const [n, way] of WAYS.entries())
    for (const { asking, recall, reciprocal } of answered[n] ?? [])
      if (reciprocal < 1)
        console.log(`${way.name}: ${asking.kind}: "${asking.text}": ${digits(recall)} / ${digits(reciprocal)}`)
