import type { Picture } from '../picture.ts'

/** Weights of a window: a bell over three standard deviations to each side, which sum to 1. */
export function bell(side: number): Float64Array {
  const reach = (side - 1) / 2
  const deviation = Math.max(reach, 1) / 3
  const weights = Float64Array.from({ length: side }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * deviation ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/**
 * The gradient smoothed over a window (Dong et al. 2019, eq. 7), which is that of a model averaged over shifts of the picture;
 * along one axis, then along the other.
 */
export function smoothed(
  slopes: Float32Array,
  picture: Picture,
  weights: Float64Array,
): Float32Array {
  const along = convolved(slopes, picture, weights, 'x')
  return convolved(along, picture, weights, 'y')
}

function convolved(
  slopes: Float32Array,
  { channels, height, width, plane, line, pixel }: Picture,
  weights: Float64Array,
  axis: 'x' | 'y',
): Float32Array {
  const reach = (weights.length - 1) / 2
  const [count, stride] = axis === 'x' ? [width, pixel] : [height, line]
  const result = new Float32Array(slopes.length)
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = c * plane + y * line + x * pixel
        const place = axis === 'x' ? x : y
        let sum = 0
        for (let k = 0; k < weights.length; k++) {
          const shift = k - reach
          if (place + shift < 0 || place + shift >= count) continue
          sum += weights[k]! * slopes[at + shift * stride]!
        }
        result[at] = sum
      }
    }
  }
  return result
}
