import { intAttribute, stringAttribute } from '../attributes.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, type Rewriter } from './rewriter.ts'

const int64 = 7

/** One place along one axis that a sample is made of: its number, and the weight it enters with if that is not 1. */
interface Tap {
  readonly place: string
  readonly weight: string | undefined
}

/** One spatial axis of the image, with formulas in the type of the image. */
interface Axis {
  readonly r: Rewriter
  readonly like: string
  readonly size: number
  readonly alignsCorners: boolean
  readonly padding: string
}

/**
 * GridSample (Jaderberg et al. 2015, section 3.3): each sample is a sum of numbers of the image, times weights that are
 * made of how far away they are. Where a rule would have to choose (places beyond the border), the choice is PyTorch's.
 */
const gridSample: Decomposition = (r, node) => {
  const image = given(r, node, 0)
  const grid = given(r, node, 1)
  const spatial = r.shape(image).length - 2
  const mode = stringAttribute(node, 'mode', 'linear').replace('bi', '')
  const tapsOf = Object.hasOwn(samplers, mode) ? samplers[mode] : undefined
  if (tapsOf === undefined) return r.refuse(`its mode '${mode}' has no rule`)
  const sizes = Array.from({ length: spatial }, (_, axis) => r.size(image, axis + 2))
  const points = r.emit('Reshape', [grid, r.ints([0, -1, spatial])])
  const lines = r.emitMany('Split', [points, r.ints(sizes.map(() => 1))], spatial, { axis: 2 })
  const taps = sizes.map((size, axis) => {
    const way: Axis = {
      r,
      like: image,
      size,
      alignsCorners: intAttribute(node, 'align_corners', 0) === 1,
      padding: stringAttribute(node, 'padding_mode', 'zeros'),
    }
    // The grid states the last axis first.
    const line = r.emit('Squeeze', [lines[spatial - 1 - axis], r.ints([2])])
    return tapsOf(way, inPixels(way, line))
  })
  const flat = r.emit('Reshape', [image, r.ints([0, 0, -1])])
  const parts = combinations(taps).map((tap) => weighted(r, flat, r.size(image, 1), sizes, tap))
  const whole = parts.reduce((sum, part) => r.emit('Add', [sum, part]))
  return [r.emit('Reshape', [whole, r.ints([0, 0, ...outputSizes(r, grid, spatial)])])]
}

function outputSizes(r: Rewriter, grid: string, spatial: number): number[] {
  return Array.from({ length: spatial }, (_, axis) => r.size(grid, axis + 1))
}

/** One tap of every axis, in every combination. */
function combinations(axes: readonly (readonly Tap[])[]): Tap[][] {
  return axes.reduce<Tap[][]>(
    (all, taps) => all.flatMap((chosen) => taps.map((tap) => [...chosen, tap])),
    [[]],
  )
}

/** The numbers of the image at one combination of taps, times its weights: [n, channels, points]. */
function weighted(
  r: Rewriter,
  flat: string,
  channels: number,
  sizes: readonly number[],
  taps: readonly Tap[],
): string {
  const place = taps
    .map((tap) => tap.place)
    .reduce((sum, each, axis) => r.emit('Add', [r.emit('Mul', [sum, int(r, sizes[axis]!)]), each]))
  const column = (value: string) => r.emit('Unsqueeze', [value, r.ints([1])])
  const places = r.emit('Expand', [column(place), r.ints([1, channels, 1])])
  const numbers = r.emit('GatherElements', [flat, places], { axis: 2 })
  const weights = taps.flatMap((tap) => tap.weight ?? [])
  if (weights.length === 0) return numbers
  return r.emit('Mul', [numbers, column(weights.reduce((all, each) => r.emit('Mul', [all, each])))])
}

/** From [-1, 1], which are the borders of the image or the middles of its outer pixels, to pixels. */
function inPixels({ r, like, size, alignsCorners }: Axis, line: string): string {
  const number = (value: number) => r.scalar(value, like)
  const factor = alignsCorners ? (size - 1) / 2 : size / 2
  const shift = (size - 1) / 2
  return r.emit('Add', [r.emit('Mul', [line, number(factor)]), number(shift)])
}

/** Whole places as floats: rounded down without a way for gradients, which a step does not have. */
function roundedDown(r: Rewriter, x: string): string {
  return r.emit('Cast', [r.emit('Floor', [x])], { to: int64 })
}

/** The weight of a tap, or 0 if it lies beyond a border of zeros; its place is brought inside. */
function bounded({ r, like, size, padding }: Axis, place: string, weight?: string): Tap {
  const inside = r.emit('Clip', [place, int(r, 0), int(r, size - 1)])
  if (padding !== 'zeros') return { place: inside, weight }
  const isInside = r.emit('Equal', [place, inside])
  const whole = weight ?? r.scalar(1, like)
  return { place: inside, weight: r.emit('Where', [isInside, whole, r.scalar(0, like)]) }
}

/** A coordinate brought inside before its neighbours are looked for. */
function padded(axis: Axis, x: string): string {
  if (axis.padding === 'border') return clipped(axis, x)
  return axis.padding === 'reflection' ? clipped(axis, reflected(axis, x)) : x
}

/** On the border and beyond nothing moves any more. */
function clipped({ r, like, size }: Axis, x: string): string {
  const [low, high] = [r.scalar(0, like), r.scalar(size - 1, like)]
  const isAbove = r.emit('Greater', [x, low])
  const above = r.emit('Where', [isAbove, x, low])
  return r.emit('Where', [r.emit('Less', [x, high]), above, high])
}

/** Turned back at the border, as often as it takes. */
function reflected({ r, like, size, alignsCorners }: Axis, x: string): string {
  const low = alignsCorners ? 0 : -0.5
  const span = alignsCorners ? size - 1 : size
  if (span === 0) return r.emit('Mul', [x, r.scalar(0, like)])
  const [start, width] = [r.scalar(low, like), r.scalar(span, like)]
  const far = r.emit('Abs', [r.emit('Sub', [x, start])])
  const turns = roundedDown(r, r.emit('Div', [far, width]))
  const whole = r.emit('CastLike', [turns, x])
  const rest = r.emit('Sub', [far, r.emit('Mul', [whole, width])])
  const isEven = r.emit('Equal', [r.emit('Mod', [turns, int(r, 2)]), int(r, 0)])
  const back = r.emit('Where', [isEven, rest, r.emit('Sub', [width, rest])])
  return r.emit('Add', [back, start])
}

const nearest = (axis: Axis, x: string): Tap[] => {
  const { r } = axis
  const at = r.emit('Round', [padded(axis, x)])
  return [bounded(axis, r.emit('Cast', [at], { to: int64 }))]
}

const linear = (axis: Axis, x: string): Tap[] => {
  const { r, like } = axis
  const inside = padded(axis, x)
  const low = roundedDown(r, inside)
  const far = r.emit('Sub', [inside, r.emit('CastLike', [low, inside])])
  const near = r.emit('Sub', [r.scalar(1, like), far])
  return [bounded(axis, low, near), bounded(axis, r.emit('Add', [low, int(r, 1)]), far)]
}

/** Four neighbours, weighted by the cubic convolution kernel with a = -0.75 (Keys 1981). */
const cubic = (axis: Axis, x: string): Tap[] => {
  const { r } = axis
  const low = roundedDown(r, x)
  const far = r.emit('Sub', [x, r.emit('CastLike', [low, x])])
  return [-1, 0, 1, 2].map((step) => {
    const distance = r.emit('Abs', [r.emit('Sub', [far, r.scalar(step, axis.like)])])
    const isNear = step === 0 || step === 1
    // near: (a + 2) d^3 - (a + 3) d^2 + 1; far: a (d^3 - 5 d^2 + 8 d - 4)
    const weight = polynomial(axis, distance, isNear ? [1.25, -2.25, 0, 1] : [-0.75, 3.75, -6, 3])
    const place = r.emit('Add', [low, int(r, step)])
    return bounded(axis, insidePlace(axis, place), weight)
  })
}

/** A whole place beyond the border, turned back if the border reflects. */
function insidePlace(axis: Axis, place: string): string {
  if (axis.padding !== 'reflection') return place
  const { r, like } = axis
  const turned = reflected(axis, r.emit('CastLike', [place, like]))
  return r.emit('Cast', [r.emit('Round', [turned])], { to: int64 })
}

/** Horner's rule, the highest power first. */
function polynomial({ r, like }: Axis, x: string, [first = 0, ...rest]: readonly number[]): string {
  return rest.reduce(
    (sum, each) => r.emit('Add', [r.emit('Mul', [sum, x]), r.scalar(each, like)]),
    r.scalar(first, like),
  )
}

function int(r: Rewriter, value: number): string {
  return r.ints([value])
}

const samplers: Readonly<Record<string, (axis: Axis, x: string) => Tap[]>> = {
  nearest,
  linear,
  cubic,
}

/** An image sampled at the places of a grid. */
export const gridDecompositions: Decompositions = {
  GridSample: gridSample,
}
