/** Settings of `npm run connect`. */
import { ATTIO_API_URL } from '@attio-stream/attio'
import { controlSettings } from '@attio-stream/service'
import { z } from 'zod'

const url = z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' })

export const settings = z.object({
  ...controlSettings,
  ATTIO_API_URL: url.default(ATTIO_API_URL).describe("Attio's API, or an emulator of it"),
  ATTIO_API_KEY: z.string().optional().describe('token of the workspace to connect, unless --token is given'),
  PUBLIC_WEBHOOK_URL: url
    .optional()
    .describe('where Attio reaches apps/webhook from outside, without a path; https, unless Attio is an emulator'),
})
