import { type ElementType, elementTypes } from '../element-type.ts'
import { EngineError } from '../errors.ts'
import { type GraphNode, ownName, readsOf } from '../graph.ts'
import type { GradientBuilder, Value } from './gradient-builder.ts'
import { gradientRules } from './gradient-rules.ts'
import type { GradientRule, RuleNode } from './rule.ts'
import { straightThroughRules } from './rules/straight-through.ts'
import { isStep, refusalOf, refuseOnlySteps, whereIs } from './steps.ts'
import { classicalOperators, endingOperators, flatOperators } from './without-rule.ts'

/**
 * Reverse-mode differentiation (Griewank and Walther 2008, chapter 3): walks the nodes of the forward graph from
 * the last to the first and lets each operator's rule emit what its inputs get. `seeds` are d loss / d value for
 * the values where the chain rule starts; the answer holds the gradient of each wanted value that they depend on.
 * @throws EngineError NO_GRADIENT_RULE for an operator on the way that the table does not have
 */
export function backward(
  g: GradientBuilder,
  wanted: ReadonlySet<string>,
  seeds: ReadonlyMap<Value, Value>,
): ReadonlyMap<string, Value> {
  const active = activeValues(g, wanted)
  const contributions = new Map<Value, Value[]>()
  const add = (name: Value, gradient: Value) => {
    declareLike(g, gradient, name)
    const list = contributions.get(name)
    if (list !== undefined) list.push(gradient)
    else if (active.has(name)) contributions.set(name, [gradient])
  }
  for (const [value, gradient] of seeds) add(value, gradient)
  const steps: GraphNode[] = []
  for (let at = g.forward.length - 1; at >= 0; at--) {
    const node = g.forward[at]!
    const gradients = node.outputs.map((name) => sumUp(g, contributions, name))
    const isOnTheWay =
      gradients.some((gradient) => gradient !== undefined) &&
      [...readsOf(node)].some((name) => active.has(name))
    if (!isOnTheWay) continue
    if (isStep(g, node)) {
      steps.push(node)
      continue
    }
    for (const [index, gradient] of throughNode(g, at, node, gradients).entries()) {
      const name = node.inputs[index]
      if (gradient !== undefined && name !== undefined && name !== '') add(name, gradient)
    }
  }
  const gradients = new Map<string, Value>()
  for (const name of wanted) {
    const gradient = sumUp(g, contributions, name)
    if (gradient !== undefined) gradients.set(name, gradient)
    else refuseOnlySteps(steps, activeValues(g, new Set([name])))
  }
  for (const { op } of steps) g.flat.set(op, (g.flat.get(op) ?? 0) + 1)
  return gradients
}

/**
 * The float values that depend on a wanted value. Whole numbers and truth values end the way, since their
 * derivative is zero wherever it exists; rounded numbers do not, so that the way meets the rounding.
 */
function activeValues({ graph, facts }: GradientBuilder, wanted: ReadonlySet<string>): Set<string> {
  const active = new Set(wanted)
  for (const node of graph.nodes) {
    const reads = [...readsOf(node)].filter((name) => active.has(name))
    if (isEnding(node) || reads.length === 0) continue
    const carriesRounded = reads.some((name) => isRounded(facts.get(name)?.type))
    for (const name of node.outputs) {
      const type = facts.get(name)?.type
      const isFloat = type === undefined || elementTypes[type].isFloat
      if (isFloat || isFlat(node) || (carriesRounded && isRounded(type))) active.add(name)
    }
  }
  return active
}

/** The types of rounded numbers; int64 counts and bool decides. */
function isRounded(type: ElementType | undefined): boolean {
  if (type === undefined || type === 'int64' || type === 'bool' || type === 'string') return false
  return !elementTypes[type].isFloat
}

/** Estimates stand in for rules only where they were asked for, and are counted. */
function ruleFor(g: GradientBuilder, { op, domain }: GraphNode): GradientRule | undefined {
  if (domain !== '') return undefined
  if (Object.hasOwn(gradientRules, op)) return gradientRules[op]
  if (!g.isStraightThrough || !Object.hasOwn(straightThroughRules, op)) return undefined
  g.passed.set(op, (g.passed.get(op) ?? 0) + 1)
  return straightThroughRules[op]
}

function isEnding(node: GraphNode): boolean {
  return node.domain === '' && endingOperators.has(node.op)
}

function isFlat(node: GraphNode): boolean {
  return node.domain === '' && Object.hasOwn(flatOperators, node.op)
}

/** A gradient has the type and shape of what it is the gradient of. */
function declareLike(g: GradientBuilder, gradient: Value, name: Value): void {
  const facts = g.facts.get(name)
  if (facts !== undefined && !g.facts.has(gradient)) g.declare(gradient, facts)
}

function sumUp(
  g: GradientBuilder,
  contributions: Map<Value, Value[]>,
  name: Value,
): Value | undefined {
  const list = contributions.get(name)
  if (list === undefined || list.length < 2) return list?.[0]
  const total = list.reduce((sum, each) => {
    const more = g.emit('Add', [sum, each])
    declareLike(g, more, name)
    return more
  })
  contributions.set(name, [total])
  return total
}

/**
 * Runs the rule of one node, the forward node at `at`, which may stand with other inputs here; that node is made to give
 * the outputs that the rule asks for.
 * @throws EngineError NO_GRADIENT_RULE
 */
export function throughNode(
  g: GradientBuilder,
  at: number,
  node: GraphNode,
  outputGradients: readonly (Value | undefined)[],
): readonly (Value | undefined)[] {
  const refuse: (why: string) => never = refusalOf(node)
  const rule = ruleFor(g, node)
  if (rule === undefined) {
    if (isFlat(node)) refuse(flatOperators[node.op] ?? 'it is flat')
    if (node.domain === 'ai.onnx.ml' && Object.hasOwn(classicalOperators, node.op)) {
      refuse(classicalOperators[node.op] ?? 'it is a classical model')
    }
    throw new EngineError(
      'NO_GRADIENT_RULE',
      `${whereIs(node)} has no gradient rule; attack the model by its scores or labels instead, or export it without this operator`,
    )
  }
  const outputs = [...g.forward[at]!.outputs]
  let coversAll = false
  const y = node.outputs[0] ?? refuse('it has no output')
  const view: RuleNode = {
    ...node,
    y,
    get outputGradients() {
      coversAll = true
      return outputGradients
    },
    refuse,
    extraOutput: (index) => {
      while (outputs.length <= index) outputs.push('')
      const name = outputs[index] || ownName(`output_${index}/${node.outputs[0]}`)
      outputs[index] = name
      return name
    },
  }
  const dy = outputGradients[0] ?? (y === '' ? '' : g.zerosLike(y))
  const gradients = rule(g, view, dy)
  const hasOthers = outputGradients.some((gradient, index) => index > 0 && gradient !== undefined)
  if (hasOthers && !coversAll) refuse('its rule is for the first output and another one is used')
  g.forward[at] = { ...g.forward[at]!, outputs }
  return gradients
}
