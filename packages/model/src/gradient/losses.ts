import { EngineError } from '../errors.ts'
import type { GradientBuilder, Value } from './gradient-builder.ts'

/** A loss in the graph and where the chain rule starts. */
export interface Loss {
  /** [n]: one loss per sample. */
  readonly losses: Value
  /** d sum(losses) / d logits. */
  readonly gradient: Value
}

/** Emits a loss of logits z [n, classes] against labels y [n]. Attacks raise it. */
export type LossBuilder = (
  g: GradientBuilder,
  logits: Value,
  labels: Value,
  classes: number,
) => Loss

/**
 * Cross-entropy: loss_i = -log_softmax(z_i)[y_i], whose gradient is softmax(z_i) - onehot(y_i). The logarithm is taken
 * inside the softmax, so that no score vanishes.
 */
export const crossEntropy: LossBuilder = (g, logits, labels, classes) => {
  const logOf = g.emit('LogSoftmax', [logits], { axis: -1 })
  return {
    // Picked, not summed with a one-hot factor: a class that the model rules out has the logarithm -inf.
    losses: g.emit('Neg', [picked(g, logOf, labels)]),
    gradient: g.emit('Sub', [
      g.emit('Softmax', [logits], { axis: -1 }),
      oneHot(g, labels, classes, logits),
    ]),
  }
}

/** The margin of Carlini and Wagner (2017, section V): max_{j != y} z_j - z_y, positive where the label is lost. */
const margin: LossBuilder = (g, logits, labels, classes) => {
  refuseFewer(classes, 2, 'margin')
  const own = oneHot(g, labels, classes, logits)
  const rival = strongestOther(g, logits, own)
  return {
    losses: g.emit('Sub', [picked(g, logits, rival), picked(g, logits, labels)]),
    gradient: g.emit('Sub', [oneHot(g, rival, classes, logits), own]),
  }
}

/**
 * The difference of logits ratio (Croce and Hein 2020, eq. 6), which no scaling of the logits changes:
 * N / D with N = max_{j != y} z_j - z_y and D = the largest logit minus the third largest.
 */
const differenceOfLogitsRatio: LossBuilder = (g, logits, labels, classes) => {
  refuseFewer(classes, 3, 'dlr')
  const above = margin(g, logits, labels, classes)
  const [first, , third] = leaders(g, logits, 3)
  const spread = g.emit('Sub', [picked(g, logits, first!), picked(g, logits, third!)])
  const one = (rank: Value) => oneHot(g, rank, classes, logits)
  const change = g.emit('Sub', [one(first!), one(third!)])
  return ratio(g, logits, above, { losses: spread, gradient: change })
}

/** The mean over classes of (z - onehot(y))^2. */
const meanSquaredError: LossBuilder = (g, logits, labels, classes) => {
  const miss = g.emit('Sub', [logits, oneHot(g, labels, classes, logits)])
  const total = g.emit('ReduceSum', [g.emit('Mul', [miss, miss]), g.ints([1])], { keepdims: 0 })
  return {
    losses: g.emit('Mul', [total, g.scalar(1 / classes, logits)]),
    gradient: g.emit('Mul', [miss, g.scalar(2 / classes, logits)]),
  }
}

/** The logit of the class that the label names: its gradient is a row of the Jacobian. */
const logit: LossBuilder = (g, logits, labels, classes) => ({
  losses: picked(g, logits, labels),
  gradient: oneHot(g, labels, classes, logits),
})

/** Emits a loss that leads from the labels y [n] to the targets t [n]: it is highest where the model says t. */
type TargetedLossBuilder = (
  g: GradientBuilder,
  logits: Value,
  labels: Value,
  targets: Value,
  classes: number,
) => Loss

/** -CE(z, t): the logarithm of the target's probability. */
const targetedCrossEntropy: TargetedLossBuilder = (g, logits, _, targets, classes) => {
  const { losses, gradient } = crossEntropy(g, logits, targets, classes)
  return { losses: g.emit('Neg', [losses]), gradient: g.emit('Neg', [gradient]) }
}

/** z_t - z_y, positive where the target beats the label. */
const targetedMargin: TargetedLossBuilder = (g, logits, labels, targets, classes) => ({
  losses: g.emit('Sub', [picked(g, logits, targets), picked(g, logits, labels)]),
  gradient: g.emit('Sub', [
    oneHot(g, targets, classes, logits),
    oneHot(g, labels, classes, logits),
  ]),
})

/**
 * The targeted difference of logits ratio (Croce and Hein 2020, eq. 7): N / D with N = z_t - z_y and D = the largest
 * logit minus the mean of the third and the fourth.
 */
const targetedRatio: TargetedLossBuilder = (g, logits, labels, targets, classes) => {
  refuseFewer(classes, 4, 'targeted-dlr')
  const { losses, gradient } = targetedMargin(g, logits, labels, targets, classes)
  const [first, , third, fourth] = leaders(g, logits, 4)
  const one = (rank: Value) => oneHot(g, rank, classes, logits)
  const half = g.scalar(0.5, logits)
  const middle = (a: Value, b: Value) => g.emit('Mul', [g.emit('Add', [a, b]), half])
  const spread = g.emit('Sub', [
    picked(g, logits, first!),
    middle(picked(g, logits, third!), picked(g, logits, fourth!)),
  ])
  const change = g.emit('Sub', [one(first!), middle(one(third!), one(fourth!))])
  return ratio(g, logits, { losses, gradient }, { losses: spread, gradient: change })
}

/** The losses that a model can be asked the gradient of. */
export const losses = {
  'cross-entropy': crossEntropy,
  margin,
  dlr: differenceOfLogitsRatio,
  mse: meanSquaredError,
  logit,
} as const satisfies Readonly<Record<string, LossBuilder>>

/** Those that also take a target for each sample. */
export const targetedLosses = {
  'targeted-cross-entropy': targetedCrossEntropy,
  'targeted-margin': targetedMargin,
  'targeted-dlr': targetedRatio,
} as const satisfies Readonly<Record<string, TargetedLossBuilder>>

/** The name of a loss of labels alone; `logit` is the logit itself of the class that the label names. */
export type LabelLossName = keyof typeof losses
export type TargetedLossName = keyof typeof targetedLosses
export type LossName = LabelLossName | TargetedLossName

/** True if the loss leads to a target. */
export function isTargeted(loss: LossName): loss is TargetedLossName {
  return loss in targetedLosses
}

function oneHot(g: GradientBuilder, labels: Value, classes: number, like: Value): Value {
  const offOn = g.tensor(new Float32Array([0, 1]), [2], like)
  return g.emit('OneHot', [labels, g.int(classes), offOn], { axis: -1 })
}

/** z[y] of each row. */
function picked(g: GradientBuilder, values: Value, labels: Value): Value {
  const column = g.emit('Unsqueeze', [labels, g.ints([1])])
  const chosen = g.emit('GatherElements', [values, column], { axis: 1 })
  return g.emit('Squeeze', [chosen, g.ints([1])])
}

/** N / D of two losses and its slope. */
function ratio(g: GradientBuilder, logits: Value, { losses: n, gradient: dn }: Loss, below: Loss) {
  // As in AutoAttack, so that equal logits do not divide by zero.
  const d = g.emit('Add', [below.losses, g.scalar(1e-12, logits)])
  const losses = g.emit('Div', [n, d])
  const column = (value: Value) => g.emit('Unsqueeze', [value, g.ints([1])])
  // (N / D)' = (N' - (N / D) D') / D
  const above = g.emit('Sub', [dn, g.emit('Mul', [column(losses), below.gradient])])
  return { losses, gradient: g.emit('Div', [above, column(d)]) }
}

/** The classes of the largest logits, the largest first. */
function leaders(g: GradientBuilder, logits: Value, count: number): Value[] {
  const [, ranked = ''] = g.emitMany('TopK', [logits, g.ints([count])], 2, { axis: -1 })
  return Array.from({ length: count }, (_, rank) =>
    g.emit('Gather', [ranked, g.int(rank)], { axis: 1 }),
  )
}

/** The class with the largest logit but for the label's own. */
function strongestOther(g: GradientBuilder, logits: Value, own: Value): Value {
  const isOwn = g.emit('Greater', [own, g.scalar(0, logits)])
  const others = g.emit('Where', [isOwn, g.scalar(Number.NEGATIVE_INFINITY, logits), logits])
  return g.emit('ArgMax', [others], { axis: 1, keepdims: 0 })
}

function refuseFewer(classes: number, least: number, name: string): void {
  if (classes >= least) return
  throw new EngineError(
    'UNSUPPORTED_SIGNATURE',
    `the loss '${name}' compares ${least} classes and the model has ${classes}; use cross-entropy`,
  )
}
