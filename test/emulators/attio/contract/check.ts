/** Checks answers against contract.json: every fault found is a sentence, an empty list means the answer conforms. */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { BEYOND, KNOWN_CODES } from './deviations.ts'

export interface WitnessedAnswer {
  /** "GET /v2/objects/{object}" in the contract's notation. */
  readonly template: string
  readonly status: number
  readonly body: string
}

interface Contract {
  readonly routes: Record<string, { readonly request?: object; readonly responses: Record<string, object> }>
}

export function readContract(): Contract {
  return JSON.parse(readFileSync(new URL('contract.json', import.meta.url), 'utf8')) as Contract
}

/** A compiled contract. `answer` judges an answer, `request` a request body. */
export function contractChecker() {
  const contract = readContract()
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  ajvFormats.default(ajv)
  ajv.addSchema(contract)
  const compiled = new Map<string, ValidateFunction>()
  const validator = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer)
    if (known) return known
    const fresh = ajv.compile({ $ref: `attio#${pointer}` })
    compiled.set(pointer, fresh)
    return fresh
  }
  const pointerTo = (template: string, ...rest: string[]) =>
    ['', 'routes', template, ...rest]
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')

  const judge = (template: string, pointer: string, body: unknown): string[] => {
    const validate = validator(pointer)
    if (validate(body)) return []
    return (validate.errors ?? []).slice(0, 6).map((error) => `${template}: ${error.instancePath} ${error.message}`)
  }

  return {
    answer({ template, status, body }: WitnessedAnswer): string[] {
      if (!template.includes(' /v2/') && template !== 'unknown') return []
      let json: unknown
      try {
        json = JSON.parse(body)
      } catch {
        return [`${template}: the answer ${status} is not JSON.`]
      }
      if (status >= 400) return errorFaults(template, status, json)
      if (BEYOND.has(template)) return []
      const route = contract.routes[template]
      if (!route) return [`${template}: the contract has no such route.`]
      if (!route.responses[status]) return [`${template}: the contract has no answer ${status}.`]
      return judge(template, pointerTo(template, 'responses', String(status)), json)
    },
    request(template: string, body: unknown): string[] {
      if (!contract.routes[template]?.request) return []
      return judge(template, pointerTo(template, 'request'), body)
    },
  }

  /** As the route's own schema says, or else one of the known codes in the common form. */
  function errorFaults(template: string, status: number, body: unknown): string[] {
    const own = contract.routes[template]?.responses[status]
    if (own && judge(template, pointerTo(template, 'responses', String(status)), body).length === 0) return []
    const error = body as { status_code?: unknown; type?: unknown; code?: unknown; message?: unknown }
    const faults: string[] = []
    if (error.status_code !== status)
      faults.push(`${template}: status_code is ${error.status_code} in an answer ${status}.`)
    if (!KNOWN_CODES[status]?.includes(String(error.code)))
      faults.push(`${template}: unknown code ${error.code} with ${status}.`)
    if (typeof error.message !== 'string' || error.message === '') faults.push(`${template}: no message.`)
    const type =
      status === 429 ? 'rate_limit_error' : status === 401 || status === 403 ? 'auth_error' : 'invalid_request_error'
    if (error.type !== type) faults.push(`${template}: type ${error.type} with ${status}.`)
    return faults
  }
}
