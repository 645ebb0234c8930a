/** The emulator alone: `npm run emulator:turbopuffer -- --port 3900 --limits on`. Ctrl-C stops it. */
import { parseArgs } from 'node:util'
import { startTurbopufferEmulator } from './index.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3900' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-key': { type: 'string', default: 'tpuf_emulator' },
    limits: { type: 'string', default: 'off' },
    'write-ms': { type: 'string', default: '0' },
    'query-ms': { type: 'string', default: '0' },
  },
})
if (values.limits !== 'on' && values.limits !== 'off')
  throw new Error(`--limits must be on or off, not '${values.limits}'.`)

const emulator = await startTurbopufferEmulator({
  port: Number(values.port),
  host: values.host,
  apiKey: values['api-key'],
  limits: values.limits,
  latency: { writeMs: Number(values['write-ms']), queryMs: Number(values['query-ms']) },
  say: (line) => console.log(line),
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void emulator.stop()
  })
}
