import { elementTypes } from '../element-type.ts'
import { EngineError, quoted } from '../errors.ts'
import { type Graph, type GraphPort, ownName, pruned } from '../graph.ts'
import { backward } from './backward.ts'
import { GradientBuilder, type Value } from './gradient-builder.ts'
import { type GradientNote, notesOf } from './gradient-note.ts'
import { isTargeted, type LossName, losses as lossBuilders, targetedLosses } from './losses.ts'
import type { Facts } from './value-facts.ts'

/** The inputs that a derived graph has beside the model's own: `targets` where the loss is targeted. */
export const lossPorts = { labels: ownName('labels'), targets: ownName('targets') } as const

export interface LossGradientGraph {
  /** Inputs: the model's, `labels` and, for a targeted loss, `targets`. Outputs: the gradients, losses and scores. */
  readonly graph: Graph
  /** What is known of its values. */
  readonly facts: Facts
  /** Wanted value to the name of its gradient. */
  readonly gradients: ReadonlyMap<string, string>
  readonly losses: string
  readonly scores: string
  readonly notes: readonly GradientNote[]
}

export interface LossGradientOptions {
  readonly scores: string
  readonly logits: string
  readonly wanted: ReadonlySet<string>
  /** Cross-entropy if not stated. */
  readonly loss?: LossName
  /** Lets gradients through operators that round, which `notes` then say. */
  readonly straightThrough?: boolean
}

/**
 * The graph that gives in one run the scores, each sample's loss and the gradient of their sum with
 * respect to each wanted value that the loss depends on.
 * @throws EngineError NO_GRADIENT_RULE, NO_GRADIENT_PATH; UNSUPPORTED_SIGNATURE for too few classes
 */
export function lossGradientGraph(
  graph: Graph,
  facts: Facts,
  { scores, logits, wanted, loss = 'cross-entropy', straightThrough }: LossGradientOptions,
): LossGradientGraph {
  const classes = classesOf(facts, logits)
  const g = new GradientBuilder(graph, facts, undefined, straightThrough)
  const { losses, gradient } = lossOf(loss, g, logits, classes)
  const gradients = backward(g, wanted, new Map([[logits, gradient]]))
  if (gradients.size === 0) {
    throw new EngineError(
      'NO_GRADIENT_PATH',
      `no differentiable way leads from ${quoted([...wanted][0] ?? '')} to the scores: they come through whole numbers or truth values; attack the model by its scores or labels instead`,
    )
  }
  const ports = isTargeted(loss) ? [lossPorts.labels, lossPorts.targets] : [lossPorts.labels]
  const chosen = ports.map((name) => ({ name, type: elementTypes.int64.code, shape: [-1] }))
  const outputs = [scores, losses, ...gradients.values()].map(untyped)
  const whole = { ...g.finish(), inputs: [...graph.inputs, ...chosen] }
  return {
    graph: pruned(whole, outputs),
    facts: g.facts,
    gradients,
    losses,
    scores,
    notes: notesOf(g),
  }
}

function lossOf(loss: LossName, g: GradientBuilder, logits: Value, classes: number) {
  const { labels, targets } = lossPorts
  return isTargeted(loss)
    ? targetedLosses[loss](g, logits, labels, targets, classes)
    : lossBuilders[loss](g, logits, labels, classes)
}

/** The count of classes, as the graph showed it. @throws EngineError UNSUPPORTED_SIGNATURE */
export function classesOf(facts: Facts, logits: string): number {
  const shape = facts.get(logits)?.shape ?? []
  const [, classes] = shape
  if (shape.length !== 2 || typeof classes !== 'number' || classes < 1) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the model cannot be differentiated: its scores ${quoted(logits)} are not [batch, classes]`,
    )
  }
  return classes
}

function untyped(name: string): GraphPort {
  return { name, type: 0, shape: undefined }
}
