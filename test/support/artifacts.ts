/** Artifacts made up and written straight into crm.artifacts, for tests and benches of what reads them. */
import { TOPICS } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import { type Codec, type Log, type OutgoingMessage, partitionOf } from '@attio-stream/stream'

const TOPIC = 'crm.artifacts'
const WORDS =
  'tents lanterns ropes boots stoves maps packs canteens renewal pricing onboarding contract pilot review'.split(' ')

export interface Made {
  /** The nth record's id. */
  id(n: number): string
  /** Writes these records, edited so often. Resolves when the brokers have them. */
  write(numbers: Iterable<number>, edit?: number): Promise<void>
}

/** Companies of one workspace, about 1.2 kB of text each, the same in every run. */
export async function madeArtifacts(options: {
  readonly log: Log
  readonly codec: Pick<Codec, 'encode'>
  readonly workspace: string
}): Promise<Made> {
  const { log, codec, workspace } = options
  const partitions = await log.partitions(TOPIC)
  const id = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
  const message = (n: number, edit: number): OutgoingMessage => {
    const artifact = company({ workspace, record: id(n), n, edit })
    const value = codec.encode(TOPIC, {
      workspace_id: workspace,
      object_id: artifact.object.id,
      object_slug: artifact.object.slug,
      hash: `${n} ${edit}`,
      deleted: false,
      fence: 0,
      record_offset: -1,
      body: JSON.stringify(artifact),
    })
    const partition = partitionOf(TOPICS[TOPIC], artifact.record, partitions)
    return { topic: TOPIC, partition, key: artifact.record, value, headers: { workspace } }
  }
  return {
    id,
    async write(numbers, edit = 0) {
      let batch: OutgoingMessage[] = []
      for (const n of numbers) {
        batch.push(message(n, edit))
        if (batch.length < 500) continue
        await log.produce(batch)
        batch = []
      }
      if (batch.length > 0) await log.produce(batch)
    },
  }
}

export const titleOf = (n: number, edit: number): string => `Northwind ${n}${edit === 0 ? '' : ` edit ${edit}`}`

function company(of: {
  readonly workspace: string
  readonly record: string
  readonly n: number
  readonly edit: number
}): Artifact {
  const { workspace, record, n, edit } = of
  const sentence = (seed: number) =>
    Array.from({ length: 25 }, (_, w) => `${WORDS[(seed * 7 + w * 3) % WORDS.length]}${(seed * 31 + w) % 997}`).join(
      ' ',
    )
  return {
    workspace,
    object: { id: 'o1', slug: 'companies', singular: 'Company' },
    record,
    createdAt: '2026-09-02T10:00:00.000Z',
    webUrl: null,
    name: titleOf(n, edit),
    attributes: [],
    lists: [],
    activity: Array.from({ length: 5 }, (_, a) => ({
      kind: 'note' as const,
      id: `${record}-${a}`,
      at: '2026-09-03T10:00:00.000Z',
      author: { type: 'workspace-member', id: 'm1', name: 'Ann Lee' },
      title: `Call ${a}`,
      text: sentence(n * 5 + a),
    })),
    notes: 5,
    tasks: 0,
  }
}
