import type { Random } from '@merlon/core'
import { drawWindow, type Picture } from '../picture.ts'

/** Which component of a picture each component of a view shows; -1 where the view is empty. */
export type View = Int32Array

/** The least side of a resized picture, as a share of the whole. */
const leastSide = 0.9

/**
 * Input diversity (Xie et al. 2019, section 3.2): the picture made smaller at random, by nearest neighbours, at a random place
 * of an empty one of its size.
 */
export function diverseView(picture: Picture, random: Random): View {
  const { channels, height, width, plane, line, pixel } = picture
  const share = leastSide + (1 - leastSide) * random()
  const sides = [Math.ceil(share * height), Math.ceil(share * width)] as const
  const window = drawWindow(picture, sides, random)
  const view = new Int32Array(channels * height * width).fill(-1)
  for (let y = 0; y < window.height; y++) {
    const fromY = Math.floor((y * height) / window.height)
    for (let x = 0; x < window.width; x++) {
      const fromX = Math.floor((x * width) / window.width)
      for (let c = 0; c < channels; c++) {
        const to = c * plane + (window.top + y) * line + (window.left + x) * pixel
        view[to] = c * plane + fromY * line + fromX * pixel
      }
    }
  }
  return view
}

/** What the view shows of a picture; 0 where it is empty. */
export function seenThrough(view: View, values: Float32Array): Float32Array {
  return Float32Array.from(view, (from) => (from < 0 ? 0 : values[from]!))
}

/** The gradient at the picture of a gradient at the view: each slope goes back to what was shown. */
export function gradientBehind(view: View, slopes: Float32Array): Float32Array {
  const behind = new Float32Array(slopes.length)
  for (let k = 0; k < view.length; k++) {
    if (view[k]! >= 0) behind[view[k]!] = behind[view[k]!]! + slopes[k]!
  }
  return behind
}
