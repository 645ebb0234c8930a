/**
 * The demo workspace as documents: the emulated Attio with its seed and a fixed clock, through the whole pipeline in memory,
 * to the writes its sinks would get. And the truth beside it, which never went through the pipeline.
 */
import { toDocument } from '@attio-stream/documents'
import { project, type Write } from '@attio-stream/sink'
import { type Truth, truthOf } from '../oracle/truth-of.ts'
import { messagesOf } from '../stories/stillness.ts'
import { filledRig } from '../stories/whole-rig.ts'

export interface Corpus {
  readonly workspace: string
  readonly truth: Truth
  /** One a record. */
  readonly writes: readonly Write[]
}

const SEED = 1
const BEGINNING = Date.UTC(2026, 10, 20)

export async function demoCorpus(): Promise<Corpus> {
  const began = Date.now()
  const clock = () => BEGINNING + Date.now() - began
  await using rig = await filledRig({ seed: SEED, size: 'small', records: 300, clock })
  const truth = truthOf(rig.attio.world)
  const latest = new Map<string, Write>()
  for (const message of await messagesOf(rig.log, 'crm.artifacts')) {
    const projected = project(message, rig.codec, toDocument)
    if (projected.kind === 'rejected') throw new Error(projected.reason)
    latest.set(projected.write.id, projected.write)
  }
  return { workspace: rig.workspace, truth, writes: [...latest.values()] }
}
