/**
 * The emulated turbopuffer begins empty every time, so its sink has to begin at the start of crm.artifacts again: what its
 * consumer groups, one a generation, have committed is forgotten. That is all a lost store costs.
 * `node stack/system/forget-group.ts GROUP`
 */
import kafkajs from 'kafkajs'
import { until } from '../until.ts'

// A CommonJS module whose errors are not among the names Node finds in it.
const { Kafka, KafkaJSDeleteGroupsError, logLevel } = kafkajs

const UNKNOWN_GROUP = 69

async function forget(admin: ReturnType<InstanceType<typeof Kafka>['admin']>, group: string): Promise<void> {
  try {
    await admin.deleteGroups([group])
  } catch (error) {
    const unknown =
      error instanceof KafkaJSDeleteGroupsError && error.groups.every((one) => one.errorCode === UNKNOWN_GROUP)
    if (!unknown) throw error
  }
}

const { KAFKA_BROKERS = '', CELL = '' } = process.env
const brokers = KAFKA_BROKERS.split(',')
const admin = new Kafka({ brokers, clientId: 'stack', logLevel: logLevel.NOTHING }).admin()
await admin.connect()
try {
  const first = CELL + process.argv[2]
  const { groups } = await admin.listGroups()
  const isLater = (group: string) => group.startsWith(first) && /^-g\d+$/.test(group.slice(first.length))
  const later = groups.map(({ groupId }) => groupId).filter(isLater)
  for (const group of [first, ...later])
    await until('The consumer group being free', () => forget(admin, group), { withinMs: 30_000 })
} finally {
  await admin.disconnect()
}
