import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts'
import { at, build, positive } from '../reference-tensor.test-support.ts'
import { first, type Operators, type Run, whole } from './operator.test-support.ts'

/** Samples each axis as the specification of Resize writes it down, number by number. */
const resize: Run = (node, inputs) => {
  const x = first(inputs)
  const rank = x.shape.length
  const axes = (intsAttribute(node, 'axes') ?? x.shape.map((_, axis) => axis)).map((axis) =>
    positive(axis, rank),
  )
  const scales = x.shape.map(() => 1)
  const shape = [...x.shape]
  const stated = whole(inputs, 2) ?? []
  for (const [i, axis] of axes.entries()) {
    const size = whole(inputs, 3)?.[i]
    scales[axis] = size === undefined ? stated[i]! : size / shape[axis]!
    shape[axis] = size ?? Math.floor(shape[axis]! * stated[i]!)
  }
  return build(shape, (index) => {
    const neighbours = index.map((i, axis) =>
      around(node, i, x.shape[axis]!, shape[axis]!, scales[axis]!),
    )
    const sum = (axis: number, place: readonly number[]): number =>
      axis === rank
        ? at(x, place)
        : neighbours[axis]!.reduce(
            (total, [i, weight]) =>
              total + (weight === 0 ? 0 : weight * sum(axis + 1, [...place, i])),
            0,
          )
    return sum(0, [])
  })
}

function around(
  node: Parameters<Run>[0],
  i: number,
  size: number,
  resized: number,
  scale: number,
): [number, number][] {
  if (scale === 1 && size === resized) return [[i, 1]]
  const x = original(
    stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel'),
    i,
    size,
    resized,
    scale,
  )
  const clamp = (place: number) => Math.max(0, Math.min(size - 1, place))
  const low = Math.floor(x)
  const ratio = x - low
  switch (stringAttribute(node, 'mode', 'nearest')) {
    case 'linear':
      return [
        [clamp(low), 1 - ratio],
        [clamp(low + 1), ratio],
      ]
    case 'cubic': {
      const a = floatAttribute(node, 'cubic_coeff_a', -0.75)
      // The four coefficients as the specification lists them.
      const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
      const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1
      const weights = [far(ratio + 1), near(ratio), near(1 - ratio), far(2 - ratio)]
      const skips = intAttribute(node, 'exclude_outside', 0) === 1
      const kept = weights.map((weight, k) => {
        const place = low - 1 + k
        return skips && (place < 0 || place >= size) ? 0 : weight
      })
      const total = skips ? kept.reduce((sum, weight) => sum + weight, 0) : 1
      return kept.map((weight, k) => [clamp(low - 1 + k), weight / total])
    }
    default:
      return [[clamp(nearest(stringAttribute(node, 'nearest_mode', 'round_prefer_floor'), x)), 1]]
  }
}

function original(mode: string, i: number, size: number, resized: number, scale: number): number {
  const centred = (i + 0.5) / scale - 0.5
  if (mode === 'asymmetric') return i / scale
  if (mode === 'align_corners') return resized === 1 ? 0 : (i * (size - 1)) / (resized - 1)
  if (mode === 'pytorch_half_pixel') return resized > 1 ? centred : 0
  if (mode === 'tf_half_pixel_for_nn') return (i + 0.5) / scale
  if (mode !== 'half_pixel_symmetric') return centred
  const adjustment = resized / (scale * size)
  const centre = size / 2
  return centre * (1 - adjustment) + centred
}

function nearest(mode: string, x: number): number {
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  const isHalf = x - Math.floor(x) === 0.5
  if (isHalf) return mode === 'round_prefer_floor' ? Math.floor(x) : Math.ceil(x)
  return Math.round(x)
}

export const resizeOperators: Operators = { Resize: resize }
