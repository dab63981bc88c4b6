import { permutation, type Random } from '@merlon/core'

/** One direction of an orthonormal basis, added to a point: `x + size * direction`, as a new point. */
export type Direction = (x: Float32Array, size: number) => Float32Array

/** A basis gives each of its directions once, in the order in which a search tries them: single components, at random. */
export function* pixelBasis(shape: readonly number[], random: Random): Generator<Direction> {
  const size = shape.reduce((product, length) => product * length, 1)
  for (const k of permutation(size, random)) {
    yield (x, step) => {
      const point = x.slice()
      point[k] = point[k]! + step
      return point
    }
  }
}

/**
 * The waves of the two-dimensional discrete cosine transform of each channel, low frequencies first, those of about one
 * frequency in random order (Guo et al. 2019, section 3.1).
 */
export function* cosineBasis(shape: readonly number[], random: Random): Generator<Direction> {
  const [channels = 1, height = 1, width = 1] = shape
  const [down, across] = [cosines(height), cosines(width)]
  const waves = Array.from(permutation(channels * height * width, random), (k) => {
    const u = Math.floor(k / width) % height
    const v = k % width
    return { channel: Math.floor(k / (height * width)), u, v, frequency: Math.max(u, v) }
  })
  for (const { channel, u, v } of waves.sort((a, b) => a.frequency - b.frequency)) {
    yield (x, step) => {
      const point = x.slice()
      const start = channel * height * width
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const k = start + i * width + j
          point[k] = point[k]! + step * down[u]![i]! * across[v]![j]!
        }
      }
      return point
    }
  }
}

/** The orthonormal cosines of the DCT-II: row u is the wave of frequency u. */
function cosines(length: number): Float64Array[] {
  return Array.from({ length }, (_, u) =>
    Float64Array.from(
      { length },
      (_, i) =>
        Math.sqrt((u === 0 ? 1 : 2) / length) *
        Math.cos((Math.PI * (2 * i + 1) * u) / (2 * length)),
    ),
  )
}
