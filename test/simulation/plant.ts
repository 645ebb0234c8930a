/**
 * Plants a fault: code that is loaded after this call is not quite what is written. One place of one file is replaced as it is
 * read; files stay as they are. A place that is not found, or found twice, is told at once: the fault would not be what it says.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = join(import.meta.dirname, '..', '..')

export interface Planted {
  /** From the root of the project. */
  readonly file: string
  /** Exactly as it is written there, once. */
  readonly find: string
  readonly replace: string
}

export function plant({ file, find, replace }: Planted): void {
  const path = join(ROOT, file)
  const pieces = readFileSync(path, 'utf8').split(find)
  if (pieces.length !== 2)
    throw new RangeError(`${file} has this ${pieces.length - 1} times, so no fault can be planted there: ${find}`)
  const url = pathToFileURL(path).href
  registerHooks({
    load(loaded, context, next) {
      const result = next(loaded, context)
      return loaded === url ? { ...result, source: pieces.join(replace) } : result
    },
  })
}
