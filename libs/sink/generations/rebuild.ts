/**
 * What people ask of generations: begin one or go on with the one begun, go back to the one before, cancel, drop. One process
 * at a time works for a sink; another is refused and told by whom.
 */
import { type BuildOptions, build } from './build.ts'
import { type Generation, GenerationError, sameKey } from './generation.ts'
import { type Generations, refusal, underWay } from './registry.ts'
import type { Store } from './store.ts'
import { remove } from './tidy.ts'

export interface Asked extends BuildOptions {
  /** Told once it is known which generation is worked on. */
  readonly onBegin?: (generation: Generation, how: 'new' | 'resumed') => void
}

/** A new generation, or the one that was begun, until it is live. @throws GenerationError when it cannot be. */
export async function rebuild(options: Asked): Promise<Generation> {
  const { generations, store, key, onBegin } = options
  return await alone(generations, async () => {
    await liveOf(generations)
    const begun = underWay(await generations.all())
    if (begun !== undefined && begun.liveAt === null && !sameKey(begun.key, key)) throw refusal(generations.sink, begun)
    const generation = begun ?? (await generations.start({ key, places: (number) => store.places(number) }))
    onBegin?.(generation, begun === undefined ? 'new' : 'resumed')
    return await brought(generation, options)
  })
}

/**
 * Back to a retired generation. It first catches up from where its own group stopped and is checked like any other, so
 * readers are never moved to something that is not true.
 */
export async function rollback(options: Asked & { readonly number?: number }): Promise<Generation> {
  const { generations, number, onBegin } = options
  return await alone(generations, async () => {
    const all = await generations.all()
    const begun = underWay(all)
    const retired = all.filter(({ state }) => state === 'retired')
    const newest = retired.toSorted((a, b) => Number(b.retiredAt) - Number(a.retiredAt))[0]
    const wanted = number === undefined ? newest : retired.find((one) => one.number === number)
    if (begun !== undefined && (begun.liveAt === null || (number !== undefined && number !== begun.number)))
      throw refusal(generations.sink, begun)
    const generation = begun ?? wanted
    if (generation === undefined)
      throw new GenerationError(
        `${generations.sink} has no retired generation${number === undefined ? '' : ` ${number}`} to go back to.`,
      )
    if (begun === undefined) await generations.move(generation.number, ['retired'], 'building')
    onBegin?.(generation, begun === undefined ? 'new' : 'resumed')
    return await brought(generation, options)
  })
}

async function brought({ number }: Generation, options: Asked): Promise<Generation> {
  await build(number, options)
  return await liveOf(options.generations)
}

/** Ends the one under way. One that was live before is kept as the retired one it was; any other goes. */
export async function cancel(
  generations: Generations,
  {
    store,
    logger,
    waitMs = 60_000,
  }: Pick<BuildOptions, 'logger'> & { readonly store: Store; readonly waitMs?: number },
): Promise<Generation> {
  const generation = underWay(await generations.all())
  if (generation === undefined) throw new GenerationError(`No generation of ${generations.sink} is being built.`)
  if (generation.switching)
    throw new GenerationError(
      `Readers are being moved to generation ${generation.number} of ${generations.sink} just now.`,
    )
  const { number } = generation
  await generations.move(number, [generation.state], generation.liveAt === null ? 'dropped' : 'retired')
  if (generation.liveAt === null) await dropWhenFree(generations, number, { store, logger, waitMs })
  return generation
}

/** Drops retired generations before their time: this one, or all. */
export async function drop(
  generations: Generations,
  { store, logger, number }: Pick<BuildOptions, 'logger'> & { readonly store: Store; readonly number?: number },
): Promise<readonly number[]> {
  const retired = (await generations.all()).filter(
    (one) => one.state === 'retired' && (number === undefined || one.number === number),
  )
  if (number !== undefined && retired.length === 0)
    throw new GenerationError(`${generations.sink} has no retired generation ${number}; only retired ones are dropped.`)
  for (const one of retired) {
    await generations.move(one.number, ['retired'], 'dropped')
    await remove(generations, one, { store, logger })
  }
  return retired.map((one) => one.number)
}

/** The builder stops writing it first. Where it does not in time, a running sink drops it later (tidy.ts). */
async function dropWhenFree(
  generations: Generations,
  number: number,
  { store, logger, waitMs }: Pick<BuildOptions, 'logger'> & { readonly store: Store; readonly waitMs: number },
): Promise<void> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const held = await generations.hold('build')
    if (held !== undefined) {
      await remove(generations, { number }, { store, logger }).finally(() => held.release())
      return
    }
    if (performance.now() > deadline) {
      logger.warn(`Generation ${number} is still being written; a running sink drops it as soon as that ends.`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function alone<T>(generations: Generations, work: () => Promise<T>): Promise<T> {
  const held = await generations.hold('build')
  if (held === undefined) throw refusal(generations.sink, underWay(await generations.all()))
  return await work().finally(() => held.release())
}

async function liveOf(generations: Generations): Promise<Generation> {
  const live = (await generations.all()).find(({ state }) => state === 'live')
  if (live === undefined)
    throw new GenerationError(`${generations.sink} has no generation yet: start the sink, its first one fills itself.`)
  return live
}
