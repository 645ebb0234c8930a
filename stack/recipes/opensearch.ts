/**
 * OpenSearch as one node with the k-NN and neural-search plugins, from jars. There is no security plugin: loopback only.
 * k-NN has no native libraries here, so an index must name the engine `lucene`; the default one ends the node.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recipe } from '../process.ts'
import { compiler } from './java.ts'
import { consoleLogging } from './kafka.ts'

export function opensearchRecipe(options: {
  directory: string
  port: number
  transportPort: number
  java: string
  jars: string
  ephemeral: boolean
  brief: boolean
}): Recipe {
  const { directory, port, java, jars, ephemeral, brief } = options
  return {
    name: 'opensearch',
    address: `http://127.0.0.1:${port}`,
    port,
    directory,
    data: [directory],
    command: {
      file: java,
      args: opensearchArguments({
        directory,
        home: jars,
        brief,
        agents: readdirSync(join(jars, 'agent')),
        asRoot: process.getuid?.() === 0,
      }),
      cwd: directory,
      stopSignal: 'SIGTERM',
      graceMs: 15_000,
      removeIfAbandoned: ephemeral ? directory : undefined,
    },
    async prepare() {
      for (const folder of ['config', 'tmp', 'logs', 'data']) mkdirSync(join(directory, folder), { recursive: true })
      writeFileSync(join(directory, 'config/opensearch.yml'), opensearchYaml(options))
      writeFileSync(join(directory, 'config/log4j2.properties'), consoleLogging)
    },
  }
}

export function opensearchYaml(options: { directory: string; port: number; transportPort: number }): string {
  const { directory, port, transportPort } = options
  const settings = {
    'cluster.name': 'attio-stream',
    'node.name': 'one',
    'discovery.type': 'single-node',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': transportPort,
    'path.data': join(directory, 'data'),
    'path.logs': join(directory, 'logs'),
    'cluster.routing.allocation.disk.threshold_enabled': false,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('')
}

export function opensearchArguments(options: {
  directory: string
  home: string
  brief: boolean
  agents: readonly string[]
  asRoot: boolean
}): readonly string[] {
  const { directory, home, brief, agents, asRoot } = options
  const bootstrap = agents
    .filter((name) => name.startsWith('opensearch-agent-bootstrap-'))
    .map((name) => join(home, 'agent', name))
  return [
    '-Xms128m',
    '-Xmx512m',
    '-XX:+UseG1GC',
    compiler(brief),
    '-XX:+ExitOnOutOfMemoryError',
    `-Djava.io.tmpdir=${join(directory, 'tmp')}`,
    '-Djava.locale.providers=SPI,CLDR',
    '-Djna.nosys=true',
    ...(asRoot ? ['-Djna.noclasspath=true'] : []), // it asks the system who it is through JNA, and refuses root
    '-Dlog4j.shutdownHookEnabled=false',
    '-Dlog4j2.disable.jmx=true',
    '-Dio.netty.noUnsafe=true',
    '-Dio.netty.noKeySetOptimization=true',
    '-Dio.netty.recycler.maxCapacityPerThread=0',
    '-Dio.netty.allocator.numDirectArenas=0',
    '--add-modules=jdk.incubator.vector',
    '--enable-native-access=ALL-UNNAMED',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    `-Dopensearch.path.home=${home}`,
    `-Dopensearch.path.conf=${join(directory, 'config')}`,
    '-Dopensearch.distribution.type=zip',
    '-Dopensearch.bundled_jdk=false',
    '-cp',
    [join(home, 'lib/*'), ...bootstrap].join(':'),
    'org.opensearch.bootstrap.OpenSearch',
  ]
}
