import { intsAttribute } from '../../attributes.ts'
import { type GradientRule, type GradientRules, input } from '../rule.ts'

/**
 * Col2Im adds the columns of blocks up into an image, so each number of a column gets dy from its place in the image:
 * dx = dy[place], and 0 for what fell into the padding.
 */
const columnsToImage: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const image =
    g.constantNumbers(input(node, 1)) ?? node.refuse('the size of its image is computed')
  const block =
    g.constantNumbers(input(node, 2)) ?? node.refuse('the size of its blocks is computed')
  // Of other images the runtime makes something else than the specification says.
  if (image.length !== 2) node.refuse('its image has not two axes')
  const places = placesOf(image, block, {
    strides: intsAttribute(node, 'strides') ?? image.map(() => 1),
    dilations: intsAttribute(node, 'dilations') ?? image.map(() => 1),
    pads: intsAttribute(node, 'pads') ?? image.flatMap(() => [0, 0]),
  })
  // One more number than the image has, at its end, is the 0 of the padding.
  const flat = g.emit('Reshape', [dy, g.ints([0, 0, -1])])
  const withZero = g.emit('Pad', [flat, g.ints([0, 0, 0, 0, 0, 1])])
  return [g.reshapeLike(g.emit('Gather', [withZero, g.ints(places)], { axis: 2 }), x)]
}

interface Sliding {
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly pads: readonly number[]
}

/** For each number of a column and each block in turn, its place in the image; behind it for the padding. */
function placesOf(
  image: readonly number[],
  block: readonly number[],
  { strides, dilations, pads }: Sliding,
): number[] {
  const blocks = image.map((size, axis) => {
    const reach = (block[axis]! - 1) * dilations[axis]! + 1
    const room = size + pads[axis]! + pads[axis + image.length]!
    return Math.floor((room - reach) / strides[axis]!) + 1
  })
  const size = product(image)
  const places: number[] = []
  for (let tap = 0; tap < product(block); tap++) {
    for (let at = 0; at < product(blocks); at++) {
      const [inBlock, start] = [indexOf(tap, block), indexOf(at, blocks)]
      const index = image.map(
        (_, i) => start[i]! * strides[i]! - pads[i]! + inBlock[i]! * dilations[i]!,
      )
      const isInside = index.every((place, i) => place >= 0 && place < image[i]!)
      places.push(isInside ? index.reduce((sum, place, i) => sum * image[i]! + place, 0) : size)
    }
  }
  return places
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1)
}

function indexOf(at: number, shape: readonly number[]): number[] {
  let rest = at
  return shape
    .toReversed()
    .map((size) => {
      const place = rest % size
      rest = Math.floor(rest / size)
      return place
    })
    .reverse()
}

/** Blocks put together again. */
export const columnImageRules: GradientRules = { Col2Im: columnsToImage }
