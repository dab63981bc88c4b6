import { assert, deriveSeed, gaussian, type Random, seededRandom } from '@merlon/core'
import { type Tensor, tensor } from '@merlon/tensor'
import { digitGlyphs, type Stroke } from './digit-glyphs.ts'

export interface DigitOptions {
  readonly count: number
  readonly seed: number
  /** Side of the square picture in pixels. */
  readonly size?: number
}

/** Samples with their labels, as `drawDigits` makes and `writeIdxFolder` takes them. */
export interface Samples {
  /** [n, ...sample] */
  readonly inputs: Tensor
  /** [n] */
  readonly labels: Int32Array
}

/**
 * Labelled handwriting-like digits, [n, 1, size, size] in [0, 1], so that a demo needs no file.
 * Sample i depends on the seed and i alone; its grey levels are k / 255, so that IDX keeps them exactly.
 */
export function drawDigits({ count, seed, size = 28 }: DigitOptions): Samples {
  assert(Number.isInteger(count) && count >= 0, 'a count of digits is a whole number')
  assert(Number.isInteger(size) && size >= 8 && size <= 256, 'a digit is 8 to 256 pixels wide')
  const pixels = size * size
  const data = new Float32Array(count * pixels)
  const labels = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const random = seededRandom(deriveSeed(seed, `digit ${i}`))
    const digit = Math.floor(random() * 10)
    const picture = data.subarray(i * pixels, (i + 1) * pixels)
    const variants = digitGlyphs[digit]!
    drawGlyph(picture, size, variants[Math.floor(random() * variants.length)]!, random)
    labels[i] = digit
  }
  return { inputs: tensor([count, 1, size, size], data), labels }
}

function drawGlyph(
  picture: Float32Array,
  size: number,
  strokes: readonly Stroke[],
  random: Random,
): void {
  const place = randomHand(size, random)
  const halfWidth = between(random, 0.024, 0.055) * size
  const ink = between(random, 0.6, 1)
  for (const stroke of strokes) drawStroke(picture, size, place(curve(stroke)), halfWidth)
  develop(picture, ink, between(random, 0, 0.09), random)
}

/** Maps points of the unit square to pixels: a wobble, then scale, shear, rotation and shift. */
function randomHand(size: number, random: Random): (points: Float64Array) => Float64Array {
  const wobble = [0, 1].map(() => ({
    reach: between(random, 0, 0.07),
    pitch: between(random, 2, 7),
    phase: between(random, 0, 2 * Math.PI),
  }))
  const [across, down] = [wobble[0]!, wobble[1]!]
  const width = between(random, 0.42, 0.78) * size
  const height = between(random, 0.6, 0.8) * size
  const shear = between(random, -0.38, 0.38)
  const angle = between(random, -0.3, 0.3)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const centreX = (0.5 + between(random, -0.08, 0.08)) * size - 0.5
  const centreY = (0.5 + between(random, -0.08, 0.08)) * size - 0.5
  return (points) => {
    for (let i = 0; i < points.length; i += 2) {
      const u = points[i]! - 0.5
      const v = points[i + 1]! - 0.5
      const x = (u + across.reach * Math.sin(across.pitch * v + across.phase) - shear * v) * width
      const y = (v + down.reach * Math.sin(down.pitch * u + down.phase)) * height
      points[i] = centreX + cos * x - sin * y
      points[i + 1] = centreY + sin * x + cos * y
    }
    return points
  }
}

const stepsPerSpan = 5

/** A Catmull-Rom spline through the points, as x, y, x, y, ... */
function curve(stroke: Stroke): Float64Array {
  const spans = stroke.length - 1
  const points = new Float64Array(2 * (spans * stepsPerSpan + 1))
  let end = 0
  for (let span = 0; span < spans; span++) {
    const p1 = stroke[span]!
    const p2 = stroke[span + 1]!
    const p0 = stroke[span - 1] ?? p1
    const p3 = stroke[span + 2] ?? p2
    for (let step = 0; step < stepsPerSpan; step++) {
      const t = step / stepsPerSpan
      points[end++] = catmullRom(p0[0], p1[0], p2[0], p3[0], t)
      points[end++] = catmullRom(p0[1], p1[1], p2[1], p3[1], t)
    }
  }
  const last = stroke[spans]!
  points[end++] = last[0]
  points[end] = last[1]
  return points
}

function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

/** Covers each pixel by how far it lies inside the pen's line; overlaps keep the darker. */
function drawStroke(
  picture: Float32Array,
  size: number,
  points: Float64Array,
  halfWidth: number,
): void {
  const reach = halfWidth + 0.5
  for (let i = 2; i < points.length; i += 2) {
    const x0 = points[i - 2]!
    const y0 = points[i - 1]!
    const dx = points[i]! - x0
    const dy = points[i + 1]! - y0
    const length2 = dx * dx + dy * dy
    const left = Math.max(0, Math.ceil(Math.min(x0, x0 + dx) - reach))
    const right = Math.min(size - 1, Math.floor(Math.max(x0, x0 + dx) + reach))
    const top = Math.max(0, Math.ceil(Math.min(y0, y0 + dy) - reach))
    const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y0 + dy) + reach))
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = ((x - x0) * dx + (y - y0) * dy) / length2
        const t = along > 0 ? Math.min(1, along) : 0
        const offX = x - x0 - t * dx
        const offY = y - y0 - t * dy
        const cover = Math.min(1, reach - Math.sqrt(offX * offX + offY * offY))
        const pixel = y * size + x
        if (cover > picture[pixel]!) picture[pixel] = cover
      }
    }
  }
}

/** Ink strength and paper noise, rounded to the grey levels of a byte. */
function develop(picture: Float32Array, ink: number, noise: number, random: Random): void {
  for (let pixel = 0; pixel < picture.length; pixel++) {
    const grey = picture[pixel]! * ink + noise * gaussian(random)
    picture[pixel] = Math.round(255 * Math.min(1, Math.max(0, grey))) / 255
  }
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random()
}
