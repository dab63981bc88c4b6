import { floatAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { input, type RuleNode } from '../rule.ts'
import { reduceKept } from './reduction.ts'

/** A normalised tensor and the 1 / deviation that it was scaled by. */
export interface Normal {
  readonly n: Value
  readonly r: Value
  readonly axes: readonly number[]
}

/** n = (x - mean) r with r = 1 / sqrt(var + epsilon), over the axes. */
export function normal(
  g: GradientBuilder,
  x: Value,
  axes: readonly number[],
  epsilon: Value,
): Normal {
  const centred = g.emit('Sub', [x, reduceKept(g, 'ReduceMean', x, axes)])
  const r = inverseRoot(g, meanSquare(g, centred, axes), epsilon)
  return { n: g.emit('Mul', [centred, r]), r, axes }
}

/** mean(x^2) over the axes, which keep the size 1. */
export function meanSquare(g: GradientBuilder, x: Value, axes: readonly number[]): Value {
  return reduceKept(g, 'ReduceMean', g.emit('Mul', [x, x]), axes)
}

/** 1 / sqrt(square + epsilon). */
export function inverseRoot(g: GradientBuilder, square: Value, epsilon: Value): Value {
  return g.emit('Reciprocal', [g.emit('Sqrt', [g.emit('Add', [square, epsilon])])])
}

/** dx = r (dn - n mean(dn n)): how the scale moves with x. */
export function throughScale(g: GradientBuilder, { n, r, axes }: Normal, dn: Value): Value {
  const along = reduceKept(g, 'ReduceMean', g.emit('Mul', [dn, n]), axes)
  return g.emit('Mul', [r, g.emit('Sub', [dn, g.emit('Mul', [n, along])])])
}

/** dx = r (dn - mean(dn) - n mean(dn n)): how mean and scale move with x (Ioffe and Szegedy 2015, section 3). */
export function throughMoments(g: GradientBuilder, normal: Normal, dn: Value): Value {
  const mean = reduceKept(g, 'ReduceMean', dn, normal.axes)
  return throughScale(g, normal, g.emit('Sub', [dn, mean]))
}

/** The node's epsilon as a scalar of the type of its input. */
export function epsilonOf(g: GradientBuilder, node: RuleNode): Value {
  return g.scalar(floatAttribute(node, 'epsilon', 1e-5), input(node, 0))
}
