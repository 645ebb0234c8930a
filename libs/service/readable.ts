/** A log line for a person at a terminal: time, level, app, message, then the fields; a stack on lines of its own. */
import type { DestinationStream } from 'pino'

const COLOURS: Readonly<Record<string, number>> = { trace: 90, debug: 90, info: 36, warn: 33, error: 31, fatal: 35 }

export function readable(output: { write(text: string): unknown }): DestinationStream {
  return {
    write(line: string): void {
      output.write(`${readableLine(line)}\n`)
    },
  }
}

export function readableLine(line: string): string {
  const parsed = parse(line)
  if (parsed === undefined) return line.trimEnd()
  const { level, time, app, msg, error, ...fields } = parsed
  const colour = COLOURS[String(level)] ?? 0
  const head = `${String(time).slice(11, 23)} \x1b[${colour}m${String(level).padEnd(5)}\x1b[0m`
  const name = app === undefined ? '' : ` ${String(app)}`
  const rest = Object.entries(fields).map(([key, value]) => ` \x1b[90m${key}=\x1b[0m${plain(value)}`)
  return `${head}${name} ${String(msg ?? '')}${rest.join('')}${stackOf(error)}`
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : `\n${plain(error)}`
  const { stack, cause } = error as { readonly stack?: unknown; readonly cause?: unknown }
  const own = typeof stack === 'string' ? stack : JSON.stringify(error)
  return `\n${own}${cause === undefined ? '' : `\ncaused by:${stackOf(cause)}`}`
}
