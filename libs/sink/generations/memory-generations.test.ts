import { MemoryGenerations } from './memory-generations.ts'
import { registryConformance } from './registry-conformance.ts'

registryConformance('the registry in memory', async () => {
  const generations = new MemoryGenerations('memory')
  return [generations, generations]
})
