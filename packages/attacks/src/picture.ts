import type { Random } from '@merlon/core'
import { sizeOf } from '@merlon/tensor'

/** How a sample lies in memory as a picture: component [c, y, x] is at c * plane + y * line + x * pixel. */
export interface Picture {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly plane: number
  readonly line: number
  readonly pixel: number
}

/**
 * Reads a sample's shape as a picture: [channels, height, width], or [height, width, channels] where only the last
 * axis is as short as colours are. The two last axes of any other shape are height and width, and a list is a picture
 * one pixel high.
 */
export function pictureOf(shape: readonly number[]): Picture {
  const sizes = shape.filter((size) => size !== 1)
  const [first = 1, second = 1, last = 1] = sizes
  if (sizes.length === 3 && last <= 4 && first > 4) {
    return {
      channels: last,
      height: first,
      width: second,
      plane: 1,
      line: second * last,
      pixel: last,
    }
  }
  const width = sizes.at(-1) ?? 1
  const height = sizes.at(-2) ?? 1
  const channels = sizeOf(sizes.slice(0, -2))
  return { channels, height, width, plane: height * width, line: width, pixel: 1 }
}

/** A window of a picture, all of its channels. */
export interface Window {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Height and width of a window that holds the share `p` of a picture's pixels: square as far as the picture is so. */
export function sideOf({ height, width }: Picture, p: number): readonly [number, number] {
  const pixels = p * height * width
  const side = Math.max(1, Math.round(Math.sqrt(pixels)))
  return [
    Math.min(side > width ? Math.round(pixels / width) : side, height),
    Math.min(side > height ? Math.round(pixels / height) : side, width),
  ]
}

/** A window of that height and width anywhere in the picture. */
export function drawWindow(
  picture: Picture,
  [height, width]: readonly [number, number],
  random: Random,
): Window {
  return {
    top: Math.floor(random() * (picture.height - height + 1)),
    left: Math.floor(random() * (picture.width - width + 1)),
    height,
    width,
  }
}
