import type { GradientBuilder, Value } from '../gradient-builder.ts'

/**
 * The gradient of any operator that takes numbers from places of x and does not change them: it takes the
 * positions of x as well, and says so where each number of dy belongs.
 */
export function addBack(
  g: GradientBuilder,
  dy: Value,
  x: Value,
  take: (positions: Value) => Value,
): Value {
  const size = g.emit('Size', [x])
  const positions = g.reshapeLike(g.emit('Range', [g.int(0), size, g.int(1)]), x)
  const flat = (value: Value) => g.emit('Reshape', [value, g.ints([-1])])
  const zeros = g.emit('Expand', [g.scalar(0, x), g.emit('Unsqueeze', [size, g.ints([0])])])
  const sums = g.emit('ScatterElements', [zeros, flat(take(positions)), flat(dy)], {
    axis: 0,
    reduction: 'add',
  })
  return g.reshapeLike(sums, x)
}

/** The gradient of x[.., indices, ..] along an axis, for indices of any rank: whole rows are added at once. */
export function addRowsBack(
  g: GradientBuilder,
  dy: Value,
  indices: Value,
  x: Value,
  axis: number,
): Value {
  const rank = g.shape(x).length
  const depth = g.shape(indices).length
  const places = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)
  // The axes of the indices come to the front of dy, the axis that they count along to the front of x.
  const dyOrder = [
    ...places(depth, axis),
    ...places(axis),
    ...places(rank - 1 - axis, axis + depth),
  ]
  const xOrder = [axis, ...places(axis), ...places(rank - 1 - axis, axis + 1)]
  const updates = axis === 0 ? dy : g.emit('Transpose', [dy], { perm: dyOrder })
  const shape = axis === 0 ? g.shapeOf(x) : g.emit('Gather', [g.shapeOf(x), g.ints(xOrder)])
  const whole = g.type(indices) === 'int64' ? indices : g.emit('Cast', [indices], { to: int64 })
  const sums = g.emit(
    'ScatterND',
    [
      g.emit('Expand', [g.scalar(0, x), shape]),
      g.emit('Unsqueeze', [whole, g.ints([-1])]),
      updates,
    ],
    { reduction: 'add' },
  )
  if (axis === 0) return sums
  return g.emit('Transpose', [sums], { perm: xOrder.map((_, place) => xOrder.indexOf(place)) })
}

const int64 = 7

/** dy with zeros before and after, by axis. */
export function padBack(
  g: GradientBuilder,
  dy: Value,
  before: readonly number[],
  after: readonly number[],
): Value {
  return [...before, ...after].every((size) => size === 0)
    ? dy
    : g.emit('Pad', [dy, g.ints([...before, ...after])])
}
