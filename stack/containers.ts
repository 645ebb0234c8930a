/**
 * The same servers in containers, by testcontainers. Ports on this machine are fixed when a container is made, so a restart keeps its
 * address. testcontainers' own watcher removes the containers when this process dies. What each image wants is in images.ts.
 */
import { createHash } from 'node:crypto'
import { GenericContainer, getContainerRuntimeClient, StartupCheckStrategy, type StartupStatus } from 'testcontainers'
import { health } from './health.ts'
import { imageFor } from './images.ts'
import { type RunningServer, type ServerName, servers } from './server.ts'
import { until } from './until.ts'

const readyWithinMs = 90_000
const stopWithinSeconds = 15

/** A container counts as started at once: readiness is asked from outside, as for every other provider. */
class Started extends StartupCheckStrategy {
  async checkStartupState(): Promise<StartupStatus> {
    return 'SUCCESS'
  }
}

export interface ContainerServer extends RunningServer {
  /** Removes the container; its volume stays unless `keepData` is false. */
  end(keepData: boolean): Promise<void>
}

export async function startContainer(
  options: { name: ServerName; port: number; folder: string; ephemeral: boolean; signal: AbortSignal },
  made: (server: ContainerServer) => void,
): Promise<ContainerServer> {
  const { name, port, folder, ephemeral, signal } = options
  const runtime = await getContainerRuntimeClient()
  const host = runtime.info.containerRuntime.host
  const image = imageFor(name, { host, port })
  const volume = volumeName(folder, name)
  const plan = new GenericContainer(image.image)
    .withExposedPorts({ container: image.port, host: port })
    .withEnvironment(image.environment)
    .withBindMounts(ephemeral ? [] : [{ source: volume, target: image.data, mode: 'rw' }])
    .withWaitStrategy(new Started())
  if (image.user !== undefined) plan.withUser(image.user)
  if (image.command !== undefined) plan.withCommand([...image.command])
  const handle = runtime.container.getById((await plan.start()).getId())
  const ready = async () => {
    const what = `${servers[name].title} in its container answering`
    await until(what, () => health[name](image.address), { withinMs: readyWithinMs, signal })
  }
  let killed: Promise<unknown> = Promise.resolve()
  let up = true
  const stop = async () => {
    await killed
    if (up) await handle.stop({ t: stopWithinSeconds })
    up = false
  }
  const server: ContainerServer = {
    name,
    provider: 'containers',
    address: image.address,
    pid: undefined,
    stop,
    kill(killer = 'SIGKILL') {
      up = killer !== 'SIGKILL' && up
      killed = handle.kill({ signal: killer }).catch(() => {}) // it has ended already
    },
    async restart() {
      await stop()
      await handle.start()
      up = true
      await ready()
    },
    async end(keepData) {
      await killed
      if (keepData) await stop()
      await handle.remove({ force: true, v: true })
    },
  }
  made(server)
  await ready()
  return server
}

/** Forgets what the containers of this folder kept. */
export async function removeVolumes(folder: string, names: readonly ServerName[]): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  for (const name of names) {
    await dockerode
      .getVolume(volumeName(folder, name))
      .remove()
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error
      })
  }
}

function volumeName(folder: string, name: ServerName): string {
  return `attio-stream-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}-${name}`
}
