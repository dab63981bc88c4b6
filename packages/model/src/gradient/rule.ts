import type { GraphNode } from '../graph.ts'
import type { GradientBuilder, Value } from './gradient-builder.ts'

/** A node of the forward graph as a rule sees it. */
export interface RuleNode extends GraphNode {
  /** The first output. */
  readonly y: Value
  /** d loss / d output; `undefined` where nothing downstream reads that output. */
  readonly outputGradients: readonly (Value | undefined)[]
  /**
   * The name of an optional output, which the forward node is made to give if it does not yet
   * (such as the Indices of MaxPool).
   */
  readonly extraOutput: (index: number) => Value
  /** Throws the coded error that says why this node cannot be differentiated. */
  readonly refuse: (why: string) => never
}

/**
 * Emits d loss / d input for each input, in order, from `dy` = d loss / d y (the first output's; zeros if only
 * others are used, '' if the node does not give it). A rule that reads `outputGradients` covers every output.
 * `undefined` means that no gradient flows into that input. What nobody needs is pruned afterwards,
 * so a rule always emits all of its formulas.
 */
export type GradientRule = (
  g: GradientBuilder,
  node: RuleNode,
  dy: Value,
) => readonly (Value | undefined)[]

/** Rows of the table, by operator of ONNX's own domain. */
export type GradientRules = Readonly<Record<string, GradientRule>>

/** A rule for y = f(x), given d y / d x as a value of y's shape. */
export function unary(
  slope: (g: GradientBuilder, x: Value, y: Value, node: RuleNode) => Value,
): GradientRule {
  return (g, node, dy) => [g.emit('Mul', [dy, slope(g, input(node, 0), node.y, node)])]
}

/** The name of an input that the operator always has. */
export function input(node: RuleNode, index: number): Value {
  const name = node.inputs[index]
  return name === undefined || name === '' ? node.refuse(`input ${index} is missing`) : name
}

/** The name of an optional input. */
export function optionalInput(node: RuleNode, index: number): Value | undefined {
  const name = node.inputs[index]
  return name === '' ? undefined : name
}
