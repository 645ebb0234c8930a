/** Plants every fault in turn, runs schedules until one fails, and tells which were caught, after how many, and which were missed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MUTANTS, type Mutant } from './planted.ts'
import { Pool } from './pool.ts'

export interface MutantsOptions {
  readonly say: (line: string) => void
  /** Schedules at most for each. */
  readonly schedules: number
  /** Only those whose name contains it. */
  readonly only?: string
  readonly workers?: number
  readonly signal?: AbortSignal
}

export interface Verdict {
  /** Schedules until one failed; undefined: missed. */
  readonly after: number | undefined
  readonly fault: string
}

/** Gives whether all were caught. */
export async function testMutants({ say, only = '', ...options }: MutantsOptions): Promise<boolean> {
  const { schedules, signal } = options
  const chosen = MUTANTS.filter(({ name }) => name.includes(only))
  if (chosen.length === 0) throw new RangeError(`No planted fault is called "${only}".`)
  let missed = 0
  say('| planted fault | caught by | after schedules |')
  say('|---|---|---|')
  for (const mutant of chosen) {
    if (signal?.aborted) return false
    const { after, fault } = await test(mutant, options)
    if (after === undefined) missed++
    say(`| ${mutant.name} | ${after === undefined ? '**missed**' : fault} | ${after ?? schedules} |`)
  }
  say(missed === 0 ? `all ${chosen.length} caught` : `${missed} of ${chosen.length} missed`)
  return missed === 0
}

export async function test(
  mutant: Mutant,
  { schedules, workers, signal }: Omit<MutantsOptions, 'say' | 'only'>,
): Promise<Verdict> {
  const pool = new Pool({ fault: mutant, ...(workers === undefined ? {} : { workers }) })
  const stop = (): void => pool.close()
  signal?.addEventListener('abort', stop, { once: true })
  let done = 0
  let after: number | undefined
  let fault = ''
  try {
    const seeds = Array.from({ length: schedules }, (_, n) => n + 1)
    await pool.runAll(
      seeds,
      ({ outcome }) => {
        done++
        if (after !== undefined || outcome.faults.length === 0) return
        after = done
        fault = kindOf(outcome.faults[0] ?? '')
      },
      () => after !== undefined,
    )
    return { after, fault }
  } finally {
    signal?.removeEventListener('abort', stop)
    pool.close()
  }
}

/** Which planted faults can not be planted any more, with the reason. */
export function unplantable(root: string): readonly string[] {
  return MUTANTS.flatMap(({ name, file, find }) => {
    const times = readFileSync(join(root, file), 'utf8').split(find).length - 1
    return times === 1 ? [] : [`"${name}": ${file} has its place ${times} times.`]
  })
}

function kindOf(fault: string): string {
  if (/has no document/.test(fault)) return 'a document is missing'
  if (/is dead and has/.test(fault)) return 'a dead record has a document'
  if (/forgotten too soon/.test(fault)) return 'an artifact forgotten too soon'
  if (/written twice/.test(fault)) return 'an artifact written twice'
  if (/acknowledged and is lost/.test(fault)) return 'a lost webhook'
  if (/from the dead/.test(fault)) return 'the dead raised'
  if (/went back/.test(fault)) return 'a store that goes back'
  if (/not read later/.test(fault)) return 'a state from an older read'
  if (/come to rest/.test(fault)) return 'no rest'
  return /^(alpha|beta), /.test(fault) ? 'a document that says what is not so' : 'a failure'
}
