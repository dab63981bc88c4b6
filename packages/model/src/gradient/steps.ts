import { EngineError, quoted } from '../errors.ts'
import type { GraphNode } from '../graph.ts'
import type { GradientBuilder } from './gradient-builder.ts'
import { straightThroughRules } from './rules/straight-through.ts'
import { flatOperators, stepOperators } from './without-rule.ts'

/**
 * True for a flat operator that a formula is made of, unless an estimate was asked for.
 * @throws EngineError NO_GRADIENT_RULE for x + (sign(x) - x): that learns through a step by an estimate that the file no
 * longer holds, and as it stands it is flat
 */
export function isStep(g: GradientBuilder, node: GraphNode): boolean {
  if (node.domain !== '' || !stepOperators.has(node.op)) return false
  if (g.isStraightThrough && Object.hasOwn(straightThroughRules, node.op)) return false
  const [x] = node.inputs
  const [y] = node.outputs
  const isTakenAway = g.forward.some(
    ({ op, inputs }) => op === 'Sub' && inputs[0] === y && inputs[1] === x,
  )
  if (isTakenAway) refusalOf(node)('it is flat, and what it reads is taken away again')
  return true
}

/**
 * For a wanted value without a gradient, of which `active` are all values that depend on it: if it ended at a step, zero
 * would make a model look robust.
 * @throws EngineError NO_GRADIENT_RULE
 */
export function refuseOnlySteps(steps: readonly GraphNode[], active: ReadonlySet<string>): void {
  const step = steps.find(({ inputs }) => inputs.some((each) => active.has(each)))
  if (step !== undefined) refusalOf(step)(flatOperators[step.op] ?? 'it is flat')
}

/** Throws the coded error that says why a node cannot be differentiated. */
export function refusalOf(node: GraphNode): (why: string) => never {
  return (why) => {
    throw new EngineError(
      'NO_GRADIENT_RULE',
      `${whereIs(node)} cannot be differentiated: ${why}; attack it by its scores or labels instead`,
    )
  }
}

/** How messages call a node. */
export function whereIs({ op, domain, name, outputs }: GraphNode): string {
  const called = `${quoted(op)} (node ${quoted(name || (outputs[0] ?? ''))})`
  return domain === '' ? called : `${quoted(domain)} ${called}`
}
