/**
 * The process's logger: pino, one JSON object a line, or a readable line where a person sits at a terminal. Every line has
 * passed redact.ts (R14), children and their bindings included.
 */
import { type DestinationStream, type Logger, pino } from 'pino'
import { readable } from './readable.ts'
import { HIDDEN, redact, redactText } from './redact.ts'

export interface LoggerOptions {
  readonly level?: string
  /** Where lines go; default: standard output, readable when it is a terminal. */
  readonly destination?: DestinationStream
}

/** pino drops the formatter of bindings for children of children: these names are hidden there too. */
const BINDINGS = ['token', 'secret', 'authorization', 'password', 'payload', 'body', 'apiKey', 'webhookSecret']

export function createLogger({ level = 'info', destination = standardOutput() }: LoggerOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      errorKey: 'error',
      serializers: { err: redact, error: redact },
      redact: { paths: BINDINGS, censor: HIDDEN },
      formatters: {
        level: (label) => ({ level: label }),
        bindings: (bindings) => redact(bindings) as Record<string, unknown>,
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      hooks: { streamWrite: redactText },
    },
    destination,
  )
}

/** Written at once, so that the last line before an exit is not lost. */
function standardOutput(): DestinationStream {
  return process.stdout.isTTY ? readable(process.stdout) : pino.destination({ dest: 1, sync: true })
}
