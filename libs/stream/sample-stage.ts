/**
 * A small join for the tests of this folder: every record is shown with the name of its object, which comes from a global
 * table. It uses all a stage can: input, output and global tables, terms, owed work live and in the background.
 */
import type { ArtifactState, RecordState } from '@attio-stream/contracts'
import { contentHash } from './hash.ts'
import type { Output, Stage, Task } from './stage.ts'

const tables = {
  records: {
    topic: 'crm.records',
    side: 'input',
    behind: true,
    terms: (_key: string, value: () => RecordState) => [value().object_id],
  },
  shown: { topic: 'crm.artifacts', side: 'output', keepHeader: 'hash' },
  names: { topic: 'crm.names', side: 'global' },
} as const

export const sampleStage: Stage<typeof tables> = {
  name: 'sample',
  from: ['crm.records'],
  tables,
  task({ records, shown, names }): Task {
    const live = new Set<string>()
    const background = new Set<string>()
    const show = (key: string): Output | undefined => {
      const record = records.get(key)
      if (record === undefined) {
        return records.complete && shown.has(key) ? { topic: 'crm.artifacts', key, value: null } : undefined
      }
      const name = names.get(record.value.object_id)?.value.name ?? '?'
      const body = `${record.value.body} of ${name}`
      const hash = contentHash(body)
      if (shown.get(key)?.header === hash) return undefined
      return { topic: 'crm.artifacts', key, value: artifact(record.value, body, hash), headers: { hash } }
    }
    return {
      step(input) {
        if (input.value === null && input.key === 'bug') throw new TypeError('a bug')
        background.delete(input.key)
        live.add(input.key)
        return []
      },
      globalChanged(_topic, key) {
        for (const found of records.withTerm(key)) if (!live.has(found)) background.add(found)
      },
      recheck() {
        for (const key of records.keys()) background.add(key)
        for (const key of shown.keys()) background.add(key)
      },
      owed: () => ({ live: live.size, background: background.size }),
      drain(max) {
        const outputs: Output[] = []
        for (const queue of [live, background]) {
          for (const key of queue) {
            if (max-- <= 0) return outputs
            queue.delete(key)
            const output = show(key)
            if (output !== undefined) outputs.push(output)
          }
        }
        return outputs
      },
    }
  },
}

function artifact(record: RecordState, body: string, hash: string): ArtifactState {
  const { workspace_id, object_id, fence } = record
  return { workspace_id, object_id, object_slug: null, hash, deleted: false, fence, record_offset: -1, body }
}

export function sampleRecord(object: string, body: string): RecordState {
  return { workspace_id: 'w', object_id: object, fence: 1, hash: contentHash(body), deleted: false, body }
}

export function sampleName(id: string, name: string) {
  return { workspace_id: 'w', kind: 'object', id, name, deleted: false, hash: contentHash(name), card: null }
}
