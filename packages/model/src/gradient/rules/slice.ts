import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import type { Shape } from '../value-facts.ts'
import { addBack, padBack } from './move-back.ts'

/**
 * y = x[starts:ends:steps]: dy goes back between zeros. Known bounds make it one Pad, after gaps for the steps; else
 * the positions tell.
 */
const slice: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const shape = g.shape(x)
  const cuts = cutsOf(g, node, shape)
  if (cuts === undefined) {
    const others = node.inputs.slice(1)
    return [addBack(g, dy, x, (positions) => g.emitLike(node, [positions, ...others]))]
  }
  const sizes = [...g.shape(node.y)]
  let spread = forwards(g, dy, cuts)
  // From the last axis on, so that the sizes behind an axis are those that it meets.
  for (const cut of cuts.toSorted((a, b) => b.axis - a.axis)) {
    spread = withGaps(g, spread, sizes, cut)
    sizes[cut.axis] = cut.count * cut.gap
  }
  const before = shape.map((_, axis) => cuts.find((cut) => cut.axis === axis)?.first ?? 0)
  const after = shape.map((_, axis) => {
    const cut = cuts.find((each) => each.axis === axis)
    return cut === undefined ? 0 : cut.size - cut.first - cut.count * cut.gap
  })
  return [padBack(g, spread, before, after)]
}

/** What is kept of an axis: `count` numbers from `first` on, `gap` apart, perhaps backwards. */
interface Cut {
  readonly axis: number
  readonly size: number
  readonly first: number
  readonly gap: number
  readonly count: number
  readonly isBackwards: boolean
}

/** The cuts, if everything about them is known; an axis that is kept whole is none. */
function cutsOf(g: GradientBuilder, node: RuleNode, shape: Shape): Cut[] | undefined {
  const numbers = (index: number) => {
    const name = optionalInput(node, index)
    return name === undefined ? [] : g.constantNumbers(name)
  }
  const [starts, axes, steps] = [numbers(1), numbers(3), numbers(4)]
  if (starts === undefined || axes === undefined || steps === undefined) return undefined
  const cuts: Cut[] = []
  for (const [i, start] of starts.entries()) {
    const stated = axes[i] ?? i
    const axis = stated < 0 ? stated + shape.length : stated
    const step = steps[i] ?? 1
    const [size, count] = [shape[axis], g.shape(node.y)[axis]]
    if (start === 0 && step === 1 && size === count) continue
    if (typeof size !== 'number' || typeof count !== 'number' || count === 0) return undefined
    const from = Math.min(Math.max(start < 0 ? start + size : start, 0), size - 1)
    const isBackwards = step < 0
    const first = isBackwards ? from + (count - 1) * step : from
    cuts.push({ axis, size, first, gap: Math.abs(step), count, isBackwards })
  }
  const isFixed = shape.filter((size) => typeof size === 'string').length <= 1
  return isFixed || cuts.every(({ gap }) => gap === 1) ? cuts : undefined
}

/** dy with the axes turned round that were taken backwards. */
function forwards(g: GradientBuilder, dy: Value, cuts: readonly Cut[]): Value {
  const axes = cuts.filter(({ isBackwards }) => isBackwards).map(({ axis }) => axis)
  if (axes.length === 0) return dy
  const all = (value: number) => g.ints(axes.map(() => value))
  return g.emit('Slice', [dy, all(-1), all(Number.MIN_SAFE_INTEGER), g.ints(axes), all(-1)])
}

/** Zeros behind each number along an axis, so that they stand `gap` apart. */
function withGaps(
  g: GradientBuilder,
  value: Value,
  sizes: Shape,
  { axis, gap, count }: Cut,
): Value {
  if (gap === 1) return value
  const column = g.emit('Unsqueeze', [value, g.ints([axis + 1])])
  const none = Array.from({ length: sizes.length + 1 }, () => 0)
  const padded = padBack(g, column, none, none.with(axis + 1, gap - 1))
  const wide = sizes.map((size, i) =>
    i === axis ? count * gap : i < axis ? 0 : typeof size === 'string' ? -1 : size,
  )
  return g.emit('Reshape', [padded, g.ints(wide)])
}

/** The operator that takes a part of each axis. */
export const sliceRules: GradientRules = { Slice: slice }
