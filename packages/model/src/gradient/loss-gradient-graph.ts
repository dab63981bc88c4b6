import { assert } from '@merlon/core'
import { elementTypes } from '../element-type.ts'
import { EngineError, quoted } from '../errors.ts'
import { type Graph, type GraphPort, pruned } from '../graph.ts'
import { backward } from './backward.ts'
import { crossEntropy } from './loss.ts'
import type { Facts } from './value-facts.ts'

/** Names of the ports of a derived graph. */
export const lossPorts = {
  labels: 'gradient/labels',
  losses: 'gradient/losses',
  scores: 'gradient/scores',
} as const

export interface LossGradientGraph {
  /** Inputs: the model's and `labels`. Outputs: the gradients, losses and scores. */
  readonly graph: Graph
  /** Wanted value to the name of its gradient. */
  readonly gradients: ReadonlyMap<string, string>
  readonly losses: string
  readonly scores: string
}

/**
 * The graph that gives in one run the scores, each sample's cross-entropy and the gradient of their sum with
 * respect to each wanted value that the loss depends on.
 * @throws EngineError NO_GRADIENT_RULE, NO_GRADIENT_PATH
 */
export function lossGradientGraph(
  graph: Graph,
  facts: Facts,
  { scores, logits, wanted }: { scores: string; logits: string; wanted: ReadonlySet<string> },
): LossGradientGraph {
  const classes = facts.get(logits)?.shape.at(-1)
  assert(typeof classes === 'number', 'the count of classes is known')
  let losses = ''
  const derived = backward(graph, facts, wanted, (g) => {
    const loss = crossEntropy(g, logits, lossPorts.labels, classes)
    losses = loss.losses
    return new Map([[logits, loss.gradient]])
  })
  if (derived.gradients.size === 0) {
    throw new EngineError(
      'NO_GRADIENT_PATH',
      `no differentiable way leads from ${quoted([...wanted][0] ?? '')} to the scores: they come through whole numbers or truth values; attack the model by its scores or labels instead`,
    )
  }
  const labels = { name: lossPorts.labels, type: elementTypes.int64.code, shape: [-1] }
  const outputs = [scores, losses, ...derived.gradients.values()].map(untyped)
  return {
    graph: pruned({ ...derived.graph, inputs: [...graph.inputs, labels] }, outputs),
    gradients: derived.gradients,
    losses,
    scores,
  }
}

function untyped(name: string): GraphPort {
  return { name, type: 0, shape: undefined }
}
