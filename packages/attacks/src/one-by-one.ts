import { deriveSeed, seededRandom, type Task, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import { gather, rows, type Tensor, tensor } from '@merlon/tensor'
import type { AttackFunction, AttackResult, AttackSettings } from './attack.ts'
import { mergeEvidence, noEvidence } from './evidence.ts'

/** What is attacked for one sample: the sample, its label, and a model that may know which sample it is asked about. */
export interface SingleTarget<Access> {
  readonly model: Access
  readonly sample: Tensor
  readonly label: number
}

/**
 * Runs an attack on one sample after the other, for models whose answer depends on the sample that is attacked. Each
 * sample has a seed of its own, so a sample fares the same in whatever batch.
 */
export async function attackOneByOne<Access extends LabelAccess>(
  attack: AttackFunction<Access>,
  batch: Tensor,
  targetOf: (index: number) => SingleTarget<Access>,
  settings: AttackSettings,
  task: Task = unattended,
): Promise<AttackResult> {
  const count = rows(batch)
  const seed = Math.floor(settings.random() * 2 ** 32)
  const adversarial = tensor(batch.shape, batch.data.slice())
  const size = count === 0 ? 0 : batch.data.length / count
  const labels = new Int32Array(count)
  const isAdversarial: boolean[] = []
  let queries = 0
  let health = noEvidence
  for (let i = 0; i < count; i++) {
    const { model, sample, label } = targetOf(i)
    const random = seededRandom(deriveSeed(seed, String(i)))
    const quiet = { signal: task.signal, progress: () => undefined }
    const own = { ...settings, random }
    const result = await attack(model, sample, Int32Array.of(label), own, quiet)
    adversarial.data.set(result.adversarial.data, i * size)
    labels[i] = result.labels[0]!
    isAdversarial.push(result.isAdversarial[0]!)
    queries += result.queries
    health = mergeEvidence(health, result.health)
    task.progress(i + 1, count)
  }
  return { adversarial, isAdversarial, labels, queries, health }
}

/** One sample of a batch, as a batch. */
export function single(batch: Tensor, index: number): Tensor {
  return gather(batch, [index])
}
