import { intAttribute } from '../../attributes.ts'
import { elementTypes } from '../../element-type.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, optionalInput } from '../rule.ts'
import { broadcastShape } from '../value-facts.ts'

/** 1 where a condition holds, else 0, as numbers of the type of `like`. */
export function asNumber(g: GradientBuilder, condition: Value, like: Value): Value {
  return g.emit('Cast', [condition], { to: elementTypes[g.type(like)].code })
}

/**
 * y = min(max(x, low), high): the slope is 1 where nothing was cut, bounds included. Where the bounds cross, y is the high one
 * everywhere.
 */
const clip: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const [low, high] = [optionalInput(node, 1), optionalInput(node, 2)]
  const zero = g.scalar(0, x)
  const where = (condition: Value) => g.emit('Where', [condition, dy, zero])
  const total = (value: Value) => g.emit('ReduceSum', [value], { keepdims: 0 })
  const raised = low === undefined ? x : g.emit('Max', [x, low])
  const isLow = low === undefined ? '' : g.emit('Less', [x, low])
  const isCrossed = low === undefined || high === undefined ? '' : g.emit('Greater', [low, high])
  const atLow = isCrossed === '' ? isLow : g.emit('And', [isLow, g.emit('Not', [isCrossed])])
  return [
    where(g.emit('Equal', [x, node.y])),
    low === undefined ? undefined : total(where(atLow)),
    high === undefined ? undefined : total(where(g.emit('Greater', [raised, high]))),
  ]
}

/** y is one of the operands, number by number: equal winners share the gradient, as in PyTorch. */
const extreme: GradientRule = (g, node, dy) => {
  const isWinner = node.inputs.map((x) => asNumber(g, g.emit('Equal', [x, node.y]), x))
  const winners = isWinner.length === 1 ? isWinner[0]! : g.emit('Sum', isWinner)
  const share = g.emit('Div', [dy, winners])
  return node.inputs.map((x, i) =>
    g.sumToShapeOf(g.emit('Mul', [share, isWinner[i]!]), g.shape(node.y), x),
  )
}

/** y = a where the condition holds, else b: each gets dy where it was chosen. */
const where: GradientRule = (g, node, dy) => {
  const condition = input(node, 0)
  const a = input(node, 1)
  const b = input(node, 2)
  const zero = g.scalar(0, node.y)
  const shape = broadcastShape(g.shape(condition), broadcastShape(g.shape(a), g.shape(b)))
  return [
    undefined,
    g.sumToShapeOf(g.emit('Where', [condition, dy, zero]), shape, a),
    g.sumToShapeOf(g.emit('Where', [condition, zero, dy]), shape, b),
  ]
}

/**
 * At inference dropout hands x through. In training y = x mask / (1 - ratio), so dx = dy mask / (1 - ratio), with the
 * mask that the forward node drew in the same run.
 */
const dropout: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const mode = optionalInput(node, 2)
  const training = mode === undefined ? 0 : g.constantNumbers(mode)?.[0]
  if (training === 0) return [dy]
  const ratio = optionalInput(node, 1)
  const one = g.scalar(1, x)
  const rate = ratio === undefined ? g.scalar(0.5, x) : g.emit('CastLike', [ratio, x])
  const inTraining = g.emit('Reciprocal', [g.emit('Sub', [one, rate])])
  const factor = training === undefined ? g.emit('Where', [mode, inTraining, one]) : inTraining
  return [g.emit('Where', [node.extraOutput(1), g.emit('Mul', [dy, factor]), g.scalar(0, x)])]
}

/** y = the triangle of x above or below a diagonal: dx = the same triangle of dy. */
const trilu: GradientRule = (g, node, dy) => [
  g.emit('Trilu', [dy, optionalInput(node, 1)], { upper: intAttribute(node, 'upper', 1) }),
]

/** Operators that hand on some numbers and not others. */
export const selectionRules: GradientRules = {
  // clip' = [y = x]; d/d low = sum [x < low], d/d high = sum [x > high]
  Clip: clip,
  // d max / d x_i = [x_i = y] / sum_j [x_j = y]
  Max: extreme,
  // d min / d x_i = [x_i = y] / sum_j [x_j = y]
  Min: extreme,
  // d where(c, a, b) = c da + (1 - c) db
  Where: where,
  Dropout: dropout,
  Trilu: trilu,
}
