import { gaussian, type Random } from '@merlon/core'

/** The blur's standard deviation in pixels: docs/decisions/0048-black-box-noise-is-smooth-on-images.md. */
const blurPixels = 1
/** Images smaller than this along a side are too coarse to blur. */
const sidePixelsMin = 12

/** Draws directions for a search, each component of about unit variance. */
export type DrawNoise = () => Float32Array

/** Independent normal noise. */
export function whiteNoise(size: number, random: Random): Float32Array {
  const values = new Float32Array(size)
  for (let k = 0; k < size; k++) values[k] = gaussian(random)
  return values
}

/**
 * Normal noise. On samples that look like images ([channels, height, width]) every other draw is blurred: what a network
 * sees in an image is smooth, so a smooth direction meets its gradient more often (Li et al. 2020, QEBA, section 3.3),
 * and the draws between leave no direction out.
 */
export function noiseFor(shape: readonly number[], random: Random): DrawNoise {
  const size = shape.reduce((product, length) => product * length, 1)
  const [channels = 0, height = 0, width = 0] = shape
  const isImage = shape.length === 3 && Math.min(height, width) >= sidePixelsMin
  let isSmooth = false
  return () => {
    const values = whiteNoise(size, random)
    isSmooth = isImage && !isSmooth
    if (!isSmooth) return values
    for (let c = 0; c < channels; c++) {
      const plane = values.subarray(c * height * width, (c + 1) * height * width)
      for (let y = 0; y < height; y++) blurLine(plane, y * width, 1, width)
      for (let x = 0; x < width; x++) blurLine(plane, x, width, height)
    }
    return values
  }
}

const reach = Math.ceil(2 * blurPixels)
const kernel = gaussianKernel()

/** Convolves the `length` values from `start`, `step` apart, with the kernel, in place. */
function blurLine(plane: Float32Array, start: number, step: number, length: number): void {
  const line = new Float64Array(length)
  for (let k = 0; k < length; k++) line[k] = plane[start + k * step]!
  for (let k = 0; k < length; k++) {
    let sum = 0
    const last = Math.min(reach, length - 1 - k)
    for (let j = Math.max(-reach, -k); j <= last; j++) sum += kernel[j + reach]! * line[k + j]!
    plane[start + k * step] = sum
  }
}

/** Of unit length, so that blurring keeps each component's variance away from the edge. */
function gaussianKernel(): Float64Array {
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * blurPixels ** 2)),
  )
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0))
  return weights.map((weight) => weight / length)
}
