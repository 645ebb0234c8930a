/**
 * Apache Kafka as one KRaft node, broker and controller in one process, from jars.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, run } from '../guard.ts'
import type { Recipe } from '../process.ts'
import { compiler } from './java.ts'

const largestMessage = 16 * 1024 * 1024

export function kafkaRecipe(options: {
  directory: string
  port: number
  controllerPort: number
  java: string
  jars: string
  ephemeral: boolean
  brief: boolean
}): Recipe {
  const { directory, port, controllerPort, java, jars, ephemeral, brief } = options
  const data = join(directory, 'data')
  const properties = join(directory, 'server.properties')
  const logging = join(directory, 'log4j2.properties')
  const jvm = [`-Dlog4j2.configurationFile=${logging}`, '-cp', join(jars, '*')]
  const start = (...args: string[]): Command => ({
    file: java,
    args,
    cwd: directory,
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
    removeIfAbandoned: ephemeral ? directory : undefined,
  })
  return {
    name: 'kafka',
    address: `127.0.0.1:${port}`,
    port,
    directory,
    data: [directory],
    command: start(
      '-Xmx512m',
      '-XX:+UseG1GC',
      compiler(brief),
      '-XX:+ExitOnOutOfMemoryError',
      ...jvm,
      'kafka.Kafka',
      properties,
    ),
    async prepare(log) {
      writeFileSync(properties, kafkaProperties({ port, controllerPort, data }))
      writeFileSync(logging, consoleLogging)
      if (existsSync(join(data, 'meta.properties'))) return
      const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties]
      await run('Formatting the data folder of Kafka', start(compiler(true), ...jvm, ...format), log)
    },
  }
}

export function kafkaProperties(options: { port: number; controllerPort: number; data: string }): string {
  const { port, controllerPort, data } = options
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    ...kafkaSettings,
  })
}

/** The settings that do not depend on where it runs; containers get the same. */
export const kafkaSettings: Readonly<Record<string, string | number | boolean>> = {
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 10, // 50 and 50 would be created one by one at the first use
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 10,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'log.cleaner.dedupe.buffer.size': 8_388_608,
  'message.max.bytes': largestMessage,
  'replica.fetch.max.bytes': largestMessage,
}

/** 22 characters of base64; the tool takes one that begins with a dash for an option. */
export function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}

function lines(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}

/** Warnings to standard output, which is the server's log file. Kafka and OpenSearch both read it. */
export const consoleLogging = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`
