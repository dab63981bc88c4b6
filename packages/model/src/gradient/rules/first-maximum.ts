import { float } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import type { WindowAxis } from '../window.ts'

/** Any two float32 numbers of normal size differ by more than the inverse of this. */
const steepest = 3e38

/**
 * dX of Y = the maxima of windows that tile the images X: each window's gradient at the first of its maxima. What a
 * window has is repeated over its places. A place that is behind its window's maximum falls below all ranks, so that the
 * greatest rank of the window is that of the first maximum. Nothing asks for indices, which take the runtime far longer
 * than the maxima themselves: docs/decisions/0084-first-maxima-by-rank.md.
 */
export function toFirstMaxima(
  g: GradientBuilder,
  x: Value,
  y: Value,
  axes: readonly WindowAxis[],
  dy: Value,
): Value {
  const kernel = axes.map((axis) => axis.kernel)
  const scales = g.tensor(Float32Array.of(1, 1, ...kernel), [2 + kernel.length], x)
  const repeated = (windows: Value) => {
    const nearest = {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }
    return declared(g, g.emit('Resize', [windows, undefined, scales], nearest), x)
  }
  const behind = g.emit('Mul', [g.emit('Sub', [x, repeated(y)]), g.scalar(steepest, x)])
  const ranked = declared(g, g.emit('Add', [behind, ranks(g, axes, x)]), x)
  const best = declared(
    g,
    g.emit('MaxPool', [ranked], { kernel_shape: kernel, strides: kernel }),
    y,
  )
  // [ranked = best], which never exceeds it.
  const isFirst = g.emit('HardSigmoid', [g.emit('Sub', [ranked, repeated(best)])], {
    alpha: float(steepest),
    beta: float(1),
  })
  return g.emit('Mul', [repeated(dy), isFirst])
}

/** [1, 1, height, width]: 1 for the first place of each window, then less and less, and more than 0. */
function ranks(g: GradientBuilder, axes: readonly WindowAxis[], like: Value): Value {
  const sizes = axes.map(({ size }) => size)
  const places = axes
    .map(({ size, kernel }) => Array.from({ length: size }, (_, at) => at % kernel))
    .reduce(
      (all, next, axis) => all.flatMap((a) => next.map((b) => a * axes[axis]!.kernel + b)),
      [0],
    )
  const count = axes.reduce((product, { kernel }) => product * kernel, 1)
  return g.tensor(
    Float32Array.from(places, (place) => 1 - place / count),
    [1, 1, ...sizes],
    like,
  )
}

function declared(g: GradientBuilder, value: Value, like: Value): Value {
  const facts = g.facts.get(like)
  if (facts !== undefined) g.declare(value, facts)
  return value
}
