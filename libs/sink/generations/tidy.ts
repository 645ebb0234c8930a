/**
 * What is done about generations that nobody is working on: a switch whose process died is finished, one that was retired
 * long enough ago is dropped, and what was dropped is removed from the store. Any process of the sink may do it; one at a
 * time does.
 */
import type { AppContext } from '@attio-stream/service'
import type { Generation } from './generation.ts'
import type { Generations } from './registry.ts'
import type { Store } from './store.ts'

export interface TidyOptions extends Pick<AppContext, 'logger'> {
  readonly store: Store
  /** How long a retired generation is kept, ms. */
  readonly keepMs: number
  readonly now?: () => number
}

export async function tidy(generations: Generations, options: TidyOptions): Promise<void> {
  const { keepMs, now = Date.now } = options
  const expired = ({ state, retiredAt }: Generation) => state === 'retired' && now() - Number(retiredAt) >= keepMs
  const todo = (all: readonly Generation[]) =>
    all.filter((one) => one.switching || expired(one) || (one.state === 'dropped' && one.droppedAt === null))
  if (todo(await generations.all()).length === 0) return
  const building = await generations.hold('build')
  // Somebody builds: that process finishes its switch itself, and what was cancelled is still being written.
  if (building === undefined) return
  try {
    for (const one of todo(await generations.all())) {
      if (one.switching) await finish(generations, one, options)
      else {
        if (one.state === 'retired') await generations.move(one.number, ['retired'], 'dropped')
        await remove(generations, one, options)
      }
    }
  } finally {
    await building.release()
  }
}

async function finish(generations: Generations, { number }: Generation, { store, logger }: TidyOptions): Promise<void> {
  await generations.makeLive(number, () => store.show(number))
  logger.warn(`The switch of ${store.name} to generation ${number} was finished: the process that began it is gone.`)
}

/** Removes a dropped generation from the store. */
export async function remove(
  generations: Generations,
  { number }: Pick<Generation, 'number'>,
  { store, logger }: Pick<TidyOptions, 'store' | 'logger'>,
): Promise<void> {
  await store.drop(number)
  await generations.gone(number)
  logger.info(`Generation ${number} of ${store.name} is gone.`)
}
