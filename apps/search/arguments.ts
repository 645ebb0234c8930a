/** What was asked for on the command line. */
import { parseArgs } from 'node:util'
import {
  conditionOf,
  type Filter,
  MODES,
  type Mode,
  type Question,
  QuestionError,
  TEXT_STORES,
  type TextStoreName,
} from '@attio-stream/search'

export interface Task {
  /** Id, slug or nothing: the only connected one. */
  readonly workspace: string | undefined
  readonly question: Omit<Question, 'workspace'>
  readonly json: boolean
}

export const USAGE: readonly string[] = [
  'npm run search -- "words" [options]',
  '  --workspace ID|SLUG    which workspace; not needed while only one is connected',
  '  --mode MODE            text, vector or hybrid; by default the best there are stores for',
  '  --store STORE          opensearch or postgres, for the words',
  '  --type TYPE            company, person, deal, custom, or the slug of an object; several: give it again',
  '  --stage, --owner       of deals: the stage, and the full name or id of the owner',
  '  --list, --list-stage   in this list, and in this stage of it',
  '  --created-from, --created-to   days such as 2026-11-20, both included',
  '  --where CONDITION      value>=10000, custom_text_tier=Gold, stage!=Lost, employee_range=*; all given must hold',
  '  --limit N              how many, 10 by default',
  '  --json                 the answer as one line of JSON, with metadata and scores',
  'Without words: the newest documents the options let through.',
]

/** Undefined for --help. @throws QuestionError when it makes no sense. */
export function parseTask(args: readonly string[]): Task | undefined {
  const { values, positionals } = read(args)
  if (values.help) return undefined
  const conditions = (values.where ?? []).map(conditionOf)
  const where: Filter | undefined = conditions.length === 0 ? undefined : { kind: 'all', filters: conditions }
  return {
    workspace: values.workspace,
    json: values.json,
    question: {
      text: positionals.join(' '),
      mode: oneOf('--mode', values.mode, MODES) as Mode | undefined,
      store: oneOf('--store', values.store, TEXT_STORES) as TextStoreName | undefined,
      limit: values.limit === undefined ? undefined : Number(values.limit),
      types: values.type,
      stage: values.stage,
      owner: values.owner,
      list: values.list,
      listStage: values['list-stage'],
      createdFrom: values['created-from'],
      createdTo: values['created-to'],
      where,
    },
  }
}

function oneOf(option: string, value: string | undefined, choices: readonly string[]): string | undefined {
  if (value === undefined || choices.includes(value)) return value
  throw new QuestionError(`${option} takes ${choices.join(', ')}, not ${value.slice(0, 60)}.`)
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        workspace: text,
        mode: text,
        store: text,
        type: { type: 'string', multiple: true },
        stage: text,
        owner: text,
        list: text,
        'list-stage': text,
        'created-from': text,
        'created-to': text,
        where: { type: 'string', multiple: true },
        limit: text,
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new QuestionError(`An option is unknown or lacks its value.\n${USAGE.join('\n')}`, { cause })
  }
}
