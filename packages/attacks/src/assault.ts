import { type Random, seededRandom, type Task } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from './attack.ts'
import { type Attempts, attemptsOn } from './attempts.ts'
import { checkInput } from './check.ts'
import { type Watch, watchAttack } from './watch.ts'

/** A bounded attack at work on a batch, alone or as one of several that share what they found. */
export interface Assault<Access extends LabelAccess> {
  readonly model: Access
  readonly batch: Tensor
  readonly labels: Int32Array
  readonly ball: Ball
  /** One stream for each sample, so that its points do not depend on what falls beside it. */
  readonly randoms: readonly Random[]
  readonly attempts: Attempts
  readonly watch: Watch
  readonly task: Task
}

/** Checks what was asked, and starts with nothing tried. @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID */
export function beginAssault<Access extends LabelAccess>(
  model: Access,
  batch: Tensor,
  labels: Int32Array,
  { norm, epsilon, range, random }: Ball & { readonly random: Random },
  task: Task,
): Assault<Access> {
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball)
  return {
    model,
    batch,
    labels,
    ball,
    randoms: Array.from(labels, () => seededRandom(Math.floor(random() * 2 ** 32))),
    attempts: attemptsOn(batch, labels),
    watch: watchAttack(batch, ball),
    task,
  }
}

/** The samples that no attempt has fooled yet. */
export function standing({
  labels,
  attempts,
}: Pick<Assault<LabelAccess>, 'labels' | 'attempts'>): Int32Array {
  return Int32Array.from(labels, (_, i) => i).filter((i) => !attempts.isFooled(i))
}

/** What the assault came to. */
export function endAssault({ attempts, watch }: Assault<LabelAccess>): AttackResult {
  const best = attempts.best()
  const health = watch.evidence(best.adversarial, best.isAdversarial)
  return { ...best, queries: watch.queries(), health }
}

/** The part of a task from the share `start` on that counts for `share` of the whole, both of `total`. */
export function shareOf(task: Task, start: number, share: number, total: number): Task {
  return {
    signal: task.signal,
    progress: (done, all) => task.progress(start + (share * done) / all, total),
  }
}

/** The values at `indices`. */
export function pick(values: Int32Array, indices: ArrayLike<number>): Int32Array {
  return Int32Array.from(indices, (index) => values[index]!)
}
