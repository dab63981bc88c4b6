import type { Random } from '@merlon/core'
import { row, slice, tensor } from '@merlon/tensor'
import { keepInside } from '../perturb.ts'
import { drawWindow, type Picture, sideOf, type Window } from '../picture.ts'
import type { SquaresOf } from './search-squares.ts'

/**
 * Points in l2: bumps of one sign beside bumps of the other, that use all of epsilon. A change moves what one window
 * holds to another window, where it is added to what is there (algorithm 3 of the paper).
 */
export const smoothSquares: SquaresOf = (batch, ball, picture) => {
  const bumps = bumpsBySize()
  const { epsilon } = ball
  const size = picture.channels * picture.height * picture.width
  const delta = new Float64Array(size)

  /** Writes sample + delta with all of epsilon, where the range allows it. */
  function place(point: Float32Array, sample: number): void {
    const centre = slice(batch, sample, sample + 1)
    let length = 0
    for (let k = 0; k < size; k++) length += delta[k]! * delta[k]!
    const scale = length === 0 ? 0 : epsilon / Math.sqrt(length)
    for (let k = 0; k < size; k++) point[k] = centre.data[k]! + scale * delta[k]!
    // A view, not a copy: the projection makes one.
    const moved = tensor(centre.shape, point)
    point.set(keepInside(moved, centre, ball).point.data)
  }

  return {
    begin(point, sample, random) {
      delta.fill(0)
      for (const window of tiles(picture)) {
        const bump = bumps(window, random)
        for (let channel = 0; channel < picture.channels; channel++) {
          const sign = random() < 0.5 ? -1 : 1
          eachOf(picture, channel, window, (at, k) => {
            delta[at] = sign * bump[k]!
          })
        }
      }
      place(point, sample)
    },
    change(point, sample, p, random) {
      const from = row(batch, sample)
      let used = 0
      for (let k = 0; k < size; k++) {
        delta[k] = point[k]! - from[k]!
        used += delta[k]! ** 2
      }
      const unused = Math.max(0, epsilon * epsilon - used) / picture.channels
      const side = oddSide(picture, p)
      const [here, there] = [drawWindow(picture, side, random), drawWindow(picture, side, random)]
      const bump = bumps(here, random)
      for (let channel = 0; channel < picture.channels; channel++) {
        const sign = random() < 0.5 ? -1 : 1
        moveInto(delta, picture, channel, { here, there, bump, sign, unused })
      }
      place(point, sample)
    },
  }
}

interface Move {
  readonly here: Window
  readonly there: Window
  readonly bump: Float64Array
  readonly sign: number
  /** What is left of epsilon squared for this channel. */
  readonly unused: number
}

/** Empties window `there` of one channel and gives all of both windows to `here`, along the old change plus the bump. */
function moveInto(
  delta: Float64Array,
  picture: Picture,
  channel: number,
  { here, there, bump, sign, unused }: Move,
): void {
  let inHere = 0
  eachOf(picture, channel, here, (at) => {
    inHere += delta[at]! ** 2
  })
  const lengthHere = Math.sqrt(inHere) || 1
  const direction = Float64Array.from(bump, (value) => sign * value)
  let length = 0
  eachOf(picture, channel, here, (at, k) => {
    direction[k] = direction[k]! + delta[at]! / lengthHere
    length += direction[k]! ** 2
    delta[at] = 0
  })
  let inThere = 0
  eachOf(picture, channel, there, (at) => {
    inThere += delta[at]! ** 2
    delta[at] = 0
  })
  const scale = Math.sqrt((inHere + inThere + unused) / (length || 1))
  eachOf(picture, channel, here, (at, k) => {
    delta[at] = scale * direction[k]!
  })
}

/** Sides of an odd number of pixels, of at least 3 where the picture has them, so that a window has a middle. */
function oddSide(picture: Picture, p: number): readonly [number, number] {
  const odd = (side: number, most: number) =>
    Math.min(Math.max(side % 2 === 0 ? side + 1 : side, 3), most)
  const [height, width] = sideOf(picture, p)
  return [odd(height, picture.height), odd(width, picture.width)]
}

/** The picture in tiles of a fifth of its sides. */
function tiles({ height, width }: Picture): Window[] {
  const [tall, wide] = [Math.max(1, Math.floor(height / 5)), Math.max(1, Math.floor(width / 5))]
  const all: Window[] = []
  for (let top = 0; top + tall <= height; top += tall) {
    for (let left = 0; left + wide <= width; left += wide) {
      all.push({ top, left, height: tall, width: wide })
    }
  }
  return all
}

/**
 * Two bumps of opposite sign side by side in a window, of length 1, either way round where it is square (equation 2 of
 * the paper): rings around a bump's middle add 1 / ring^2 each.
 */
function bumpsBySize(): (window: Window, random: Random) => Float64Array {
  const known = new Map<string, Float64Array>()
  return ({ height, width }, random) => {
    const isUpright = height === width ? random() < 0.5 : height > width
    const key = `${height} ${width} ${isUpright}`
    const bumps = known.get(key) ?? bumpPair(height, width, isUpright)
    known.set(key, bumps)
    return bumps
  }
}

function bumpPair(height: number, width: number, isUpright: boolean): Float64Array {
  const values = new Float64Array(height * width)
  const half = Math.floor((isUpright ? height : width) / 2)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = isUpright ? y : x
      const isFirst = along < half
      const span = isFirst ? half : (isUpright ? height : width) - half
      const across = isUpright ? width : height
      const value = bumpAt(isFirst ? along : along - half, isUpright ? x : y, span, across)
      values[y * width + x] = isFirst ? value : -value
    }
  }
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return values.map((value) => value / length)
}

/** The height of one bump of `span` x `across` pixels at a place. */
function bumpAt(along: number, beside: number, span: number, across: number): number {
  const [middle, centre] = [Math.floor(span / 2), Math.floor(across / 2)]
  const ring = Math.max(Math.abs(along - middle), Math.abs(beside - centre))
  let value = 0
  for (let k = ring; k <= Math.max(middle, centre); k++) value += 1 / (k + 1) ** 2
  return value
}

/** Visits a window of one channel: where each component is in the sample, and which of the window it is. */
function eachOf(
  { plane, line, pixel }: Picture,
  channel: number,
  { top, left, height, width }: Window,
  visit: (at: number, k: number) => void,
): void {
  for (let y = 0; y < height; y++) {
    const start = channel * plane + (top + y) * line + left * pixel
    for (let x = 0; x < width; x++) visit(start + x * pixel, y * width + x)
  }
}
