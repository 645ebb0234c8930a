/**
 * A small workspace everybody can keep in their head: Northwind Traders, where Bob Stone works, a deal with both of them, Contoso
 * next door, and an empty rest. Made before connecting, so that it comes by the backfill.
 */
import { truth } from '../emulators/attio/truth.ts'
import { type WholeRig, type WholeRigOptions, wholeRig } from './whole-rig.ts'

export interface Story {
  readonly rig: WholeRig
  readonly edit: WholeRig['attio']['edit']
  readonly northwind: string
  readonly contoso: string
  readonly bob: string
  readonly carla: string
  /** `Annual licence 2026`, of Northwind, with Bob. */
  readonly deal: string
}

/** Connected, backfilled and quiet. */
export async function story(options: WholeRigOptions = {}): Promise<Story & AsyncDisposable> {
  const told = await unread(options)
  try {
    await told.rig.connect()
    await told.rig.backfill()
    await told.rig.quiet()
    return told
  } catch (error) {
    await told.rig.close()
    throw error
  }
}

/** The same, with nothing connected or read yet. */
export async function unread(options: WholeRigOptions = {}): Promise<Story & AsyncDisposable> {
  const rig = await wholeRig({ records: 0, ...options })
  const { edit } = rig.attio
  const make = (object: string, values: Record<string, unknown>): string => edit.createRecord({ object, values }).id
  const northwind = make('companies', { name: 'Northwind Traders', domains: ['northwind.example'] })
  const contoso = make('companies', { name: 'Contoso', domains: ['contoso.example'] })
  const bob = make('people', { name: 'Stone, Bob', company: northwind, job_title: 'CTO' })
  const carla = make('people', { name: 'Díaz, Carla' })
  const deal = make('deals', {
    name: 'Annual licence 2026',
    stage: 'In Progress',
    value: { currency_value: 48_000, currency_code: 'EUR' },
    associated_company: northwind,
    associated_people: [bob],
    next_step: 'Send the revised quote',
  })
  return { rig, edit, northwind, contoso, bob, carla, deal, [Symbol.asyncDispose]: () => rig.close() }
}

/** Whether the document of the record says so now. */
export function says({ rig }: Story, record: string, text: string): boolean {
  const shown = rig.document(record)
  if (shown === undefined) throw new Error(`There is no document of ${record}.`)
  return shown.text.includes(text)
}

/** Id of an attribute's option or of a member, as Attio has it. */
export function memberId({ rig }: Story, first: string): string {
  const members = truth(rig.attio.world, { kind: 'members' }) as readonly {
    readonly first_name: string
    readonly id: { readonly workspace_member_id: string }
  }[]
  const found = members.find((member) => member.first_name === first)
  if (found === undefined) throw new Error(`Nobody is called ${first}.`)
  return found.id.workspace_member_id
}
