import type { GradientBuilder, Value } from './gradient-builder.ts'

/** A loss in the graph and where the chain rule starts. */
export interface Loss {
  /** [n]: one loss per sample. */
  readonly losses: Value
  /** d sum(losses) / d logits. */
  readonly gradient: Value
}

/**
 * Cross-entropy of logits [n, classes] against labels [n]: loss_i = -log_softmax(z_i)[label_i], whose gradient
 * is softmax(z_i) - onehot(label_i). The logarithm is taken inside the softmax, so that no score vanishes.
 */
export function crossEntropy(
  g: GradientBuilder,
  logits: Value,
  labels: Value,
  classes: number,
): Loss {
  const oneHot = g.emit('OneHot', [labels, g.int(classes), offOn(g, logits)], { axis: -1 })
  const logOf = g.emit('LogSoftmax', [logits], { axis: -1 })
  // Picked, not summed with a one-hot factor: a class that the model rules out has the logarithm -inf.
  const picked = g.emit('GatherElements', [logOf, g.emit('Unsqueeze', [labels, g.ints([1])])], {
    axis: 1,
  })
  return {
    losses: g.emit('Neg', [g.emit('Squeeze', [picked, g.ints([1])])]),
    gradient: g.emit('Sub', [g.emit('Softmax', [logits], { axis: -1 }), oneHot]),
  }
}

function offOn(g: GradientBuilder, like: Value): Value {
  return g.tensor(new Float32Array([0, 1]), [2], like)
}
