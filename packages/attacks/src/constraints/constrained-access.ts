import type { Task } from '@merlon/core'
import type { GradientAccess, LabelAccess, LossOptions, ScoreAccess } from '@merlon/model'
import { distance, row, rows, type Tensor, tensor } from '@merlon/tensor'
import type { AttackFunction, AttackResult, AttackSettings } from '../attack.ts'
import { attackOneByOne } from '../one-by-one.ts'
import { checkRows } from './check-rows.ts'
import type { Constraints } from './constraints.ts'
import { pullBack } from './pull-back.ts'
import { repair } from './repair.ts'

/**
 * Runs any attack of the catalogue on rows that can exist only: the attack moves freely in units of the columns' scales, and
 * the model answers about the repaired row. Epsilon is in those units; a result that its repair carried out of the ball
 * does not count. The range is the constraints' affair: the one given is not looked at.
 * @throws AttackError ATTACK_INPUT_INVALID where a row breaks a rule before the attack, and what the attack throws
 */
export async function attackUnderConstraints<Access extends LabelAccess>(
  attack: AttackFunction<Access>,
  model: Access,
  batch: Tensor,
  labels: Int32Array,
  constraints: Constraints,
  settings: AttackSettings,
  task?: Task,
): Promise<AttackResult> {
  checkRows(constraints, batch)
  const scaled = scaleBy(constraints, batch, (value, scale) => value / scale)
  const targetOf = (index: number) => ({
    model: constrainedAccess(model, constraints, row(batch, index)),
    sample: tensor([1, ...batch.shape.slice(1)], row(scaled, index).slice()),
    label: labels[index]!,
  })
  const free = { ...settings, range: null }
  const result = await attackOneByOne(attack, batch, targetOf, free, task)

  const repaired = repairAll(constraints, batch, result.adversarial)
  const inUnits = scaleBy(constraints, repaired, (value, scale) => value / scale)
  const isAdversarial = result.isAdversarial.map(
    (isFooled, i) =>
      isFooled && distance(inUnits, scaled, settings.norm, i) <= settings.epsilon * (1 + slack),
  )
  return { ...result, adversarial: repaired, isAdversarial }
}

/** How far float32 rounding may carry a row over epsilon, relatively. */
const slack = 1e-6

/** The model as it answers about scaled points around one row; its gradient passes straight through the repair. */
function constrainedAccess<Access extends LabelAccess>(
  model: Access,
  constraints: Constraints,
  origin: Float32Array,
): Access {
  const real = (points: Tensor) => {
    const origins = tensor(points.shape, new Float32Array(points.data.length))
    for (let i = 0; i < rows(points); i++) row(origins, i).set(origin)
    return repairAll(constraints, origins, points)
  }
  const access = {
    inputShape: model.inputShape,
    classes: model.classes,
    labels: (points: Tensor) => model.labels(real(points)),
    ...(isScored(model) ? { scores: (points: Tensor) => model.scores(real(points)) } : {}),
    ...(isDifferentiated(model)
      ? {
          async lossGradient(points: Tensor, labels: Int32Array, options?: LossOptions) {
            const made = real(points)
            const answer = await model.lossGradient(made, labels, options)
            const pulled = tensor(made.shape, answer.gradient.data.slice())
            for (let i = 0; i < rows(made); i++) {
              row(pulled, i).set(pullBack(constraints, row(made, i), row(pulled, i)))
            }
            // d loss / d (x / scale) = scale d loss / d x
            const gradient = scaleBy(constraints, pulled, (slope, scale) => slope * scale)
            return { ...answer, gradient }
          },
        }
      : {}),
  }
  // What the model has of its kind of access, this has too.
  return access as unknown as Access
}

function isScored(model: LabelAccess): model is ScoreAccess {
  return 'scores' in model
}

function isDifferentiated(model: LabelAccess): model is GradientAccess {
  return 'lossGradient' in model
}

/** Points in scaled units, as rows that can be made of the origins. */
function repairAll(constraints: Constraints, origins: Tensor, points: Tensor): Tensor {
  const plain = scaleBy(constraints, points, (value, scale) => value * scale)
  for (let i = 0; i < rows(plain); i++) {
    const values = row(plain, i)
    values.set(repair(constraints, row(origins, i), values))
  }
  return plain
}

function scaleBy(
  { columns }: Constraints,
  batch: Tensor,
  change: (value: number, scale: number) => number,
): Tensor {
  const data = batch.data.map((value, k) => change(value, columns[k % columns.length]!.scale))
  return tensor(batch.shape, data)
}
