import {
  chance,
  type Draw,
  dims,
  ints,
  type Operand,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

const coordinates = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'] as const
const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const

const resize: Draw = (random) => {
  const mode = pick(random, ['nearest', 'nearest', 'linear', 'linear', 'cubic'])
  const rank = mode === 'cubic' ? 2 : whole(random, 1, 3)
  const spatial = dims(random, rank, rank === 3 ? 3 : 4)
  const x: Operand = { shape: [2, whole(random, 1, 2), ...spatial], isBatched: true }
  const opset = pick(random, [17, 19])
  const attributes = {
    mode,
    nearest_mode: mode === 'nearest' ? pick(random, nearestModes) : undefined,
    coordinate_transformation_mode: pick(random, [
      undefined,
      ...coordinates,
      ...(opset === 19 ? (['half_pixel_symmetric'] as const) : []),
    ]),
    exclude_outside: mode === 'cubic' ? whole(random, 0, 1) : undefined,
  }
  const scales = spatial.map(() => pick(random, [1, 2, 2, 3, 0.5, 1.5, 2.25]))
  const fits = scales.map((scale, i) => (spatial[i]! * scale >= 1 ? scale : 2))
  const floats = (...values: number[]): Operand => ({ ...ints(...values), type: 'float32' })
  if (opset === 19 && chance(random)) {
    const axes = spatial.map((_, i) => i + 2)
    const sizes = spatial.map((size) => whole(random, 1, 2 * size))
    const stated = chance(random)
      ? [undefined, undefined, ints(...sizes)]
      : [undefined, floats(...fits)]
    return { inputs: [x, ...stated], attributes: { ...attributes, axes }, opset }
  }
  return { inputs: [x, undefined, floats(1, 1, ...fits)], attributes, opset }
}

export const resizeCases: RuleCases = { Resize: resize }
