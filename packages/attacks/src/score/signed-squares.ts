import { endsOf } from '../ends.ts'
import { drawWindow, type Picture, sideOf, type Window } from '../picture.ts'
import type { SquaresOf } from './search-squares.ts'

/** How often a change that would change nothing is drawn anew. */
const drawsMax = 8

/**
 * Points in linf: every component is at an end of what the ball and the range allow. The first has vertical stripes,
 * a change puts one window of each channel to one of its ends (algorithm 2 of the paper).
 */
export const signedSquares: SquaresOf = (batch, ball, picture) => {
  const { low, high } = endsOf(batch, { ...ball, norm: 'linf' })
  const size = picture.channels * picture.height * picture.width

  return {
    begin(point, sample, random) {
      const { channels, height, width } = picture
      for (let channel = 0; channel < channels; channel++) {
        for (let left = 0; left < width; left++) {
          const stripe = { top: 0, left, height, width: 1 }
          fill(point, picture, channel, stripe, random() < 0.5 ? low : high, sample * size)
        }
      }
    },
    change(point, sample, p, random) {
      for (let draw = 0; draw < drawsMax; draw++) {
        const window = drawWindow(picture, sideOf(picture, p), random)
        let changed = 0
        for (let channel = 0; channel < picture.channels; channel++) {
          const ends = random() < 0.5 ? low : high
          changed += fill(point, picture, channel, window, ends, sample * size)
        }
        if (changed > 0) return
      }
    },
  }
}

/** Copies a window of one channel from a sample that begins at `start`; counts what changed. */
function fill(
  point: Float32Array,
  { plane, line, pixel }: Picture,
  channel: number,
  { top, left, height, width }: Window,
  from: Float32Array,
  start: number,
): number {
  let changed = 0
  for (let y = top; y < top + height; y++) {
    let at = channel * plane + y * line + left * pixel
    for (let x = 0; x < width; x++, at += pixel) {
      const value = from[start + at]!
      if (point[at] === value) continue
      point[at] = value
      changed += 1
    }
  }
  return changed
}
