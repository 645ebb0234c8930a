/** The report for a person, and whether everything is as wanted. Pure. */
import type { ProvisionReport } from './provision.ts'

export function reportLines({ topics, created, subjects }: ProvisionReport): readonly string[] {
  const missing = topics.filter(({ state, topic }) => state === 'missing' && !created.includes(topic))
  const differing = topics.filter(({ state }) => state === 'differs')
  const registered = subjects.filter(({ state }) => state === 'registered')
  const unregistered = subjects.filter(({ state }) => state === 'missing')
  const levels = subjects.filter(({ level }) => level !== undefined)
  return [
    `Topics: ${topics.length} wanted, ${created.length} created, ${differing.length} with other settings${missing.length > 0 ? `, ${missing.length} missing` : ''}.`,
    ...created.map((topic) => `  created ${topic}`),
    ...missing.map(({ topic }) => `  missing ${topic}`),
    ...(differing.length === 0
      ? []
      : ['These were left as they are; change them with your brokers’ own tools if it was not meant:']),
    ...table([
      ...(differing.length === 0 ? [] : [['topic', 'setting', 'wanted', 'is']]),
      ...differing.flatMap(({ topic, differences }) =>
        differences.map(({ setting, wanted, is }) => [topic, setting, wanted, is]),
      ),
    ]),
    `Schemas: ${subjects.length} wanted, ${registered.length} registered${unregistered.length > 0 ? `, ${unregistered.length} missing` : ''}.`,
    ...registered.map(({ subject }) => `  registered ${subject}`),
    ...unregistered.map(({ subject }) => `  missing ${subject}`),
    ...levels.map(({ subject, level }) => `  ${subject}: compatibility is to be FULL_TRANSITIVE, it was ${level}`),
  ]
}

/** Is nothing missing and nothing different? */
export function isAsWanted({ topics, created, subjects }: ProvisionReport): boolean {
  const made = new Set(created)
  return (
    topics.every(({ state, topic }) => state === 'as wanted' || (state === 'missing' && made.has(topic))) &&
    subjects.every(({ state, level }) => state !== 'missing' && level === undefined)
  )
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}
