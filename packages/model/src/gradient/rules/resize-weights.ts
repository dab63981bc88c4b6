export type ResizeMode = 'nearest' | 'linear' | 'cubic'

/** How one axis is resized, in the words of ONNX's Resize. */
export interface AxisResize {
  readonly size: number
  readonly out: number
  readonly scale: number
  readonly mode: ResizeMode
  /** coordinate_transformation_mode */
  readonly coordinates: string
  /** nearest_mode */
  readonly nearest: string
  /** cubic_coeff_a */
  readonly cubic: number
  /** exclude_outside */
  readonly excludesOutside: boolean
}

/** The weights [out, size] with which the numbers of an axis make up those of the resized axis. */
export function axisWeights(resize: AxisResize): Float32Array {
  const { size, out, mode } = resize
  const weights = new Float32Array(out * size)
  for (let place = 0; place < out; place++) {
    const coordinate = coordinateOf(resize, place)
    for (const [from, weight] of samplers[mode](coordinate, resize)) {
      weights[place * size + Math.min(Math.max(from, 0), size - 1)]! += weight
    }
  }
  return weights
}

/** The place in x that a place in y looks at. */
function coordinateOf({ size, out, scale, coordinates }: AxisResize, place: number): number {
  const halfPixel = (place + 0.5) / scale - 0.5
  switch (coordinates) {
    case 'asymmetric':
      return place / scale
    case 'align_corners':
      return out === 1 ? 0 : (place * (size - 1)) / (out - 1)
    case 'pytorch_half_pixel':
      return out === 1 ? 0 : halfPixel
    case 'tf_half_pixel_for_nn':
      return (place + 0.5) / scale
    case 'half_pixel_symmetric':
      return (size / 2) * (1 - out / (scale * size)) + halfPixel
    default:
      return halfPixel
  }
}

type Samples = readonly (readonly [place: number, weight: number])[]

const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

const samplers: Readonly<Record<ResizeMode, (x: number, resize: AxisResize) => Samples>> = {
  nearest: (x, { nearest }) => [[(roundings[nearest] ?? Math.floor)(x), 1]],
  linear: (x) => {
    const low = Math.floor(x)
    return [
      [low, 1 - (x - low)],
      [low + 1, x - low],
    ]
  },
  cubic: (x, { cubic, excludesOutside, size }) => {
    const low = Math.floor(x)
    const all = [-1, 0, 1, 2].map((step) => low + step)
    const raw = all.map((place) => {
      const isLeftOut = excludesOutside && (place < 0 || place >= size)
      return [place, isLeftOut ? 0 : keys(Math.abs(x - place), cubic)] as const
    })
    const total = excludesOutside ? raw.reduce((sum, [, weight]) => sum + weight, 0) : 1
    return raw.map(([place, weight]) => [place, weight / total] as const)
  },
}

/** The cubic convolution kernel (Keys 1981, eq. 15, with a free coefficient). */
function keys(distance: number, a: number): number {
  if (distance <= 1) return (a + 2) * distance ** 3 - (a + 3) * distance ** 2 + 1
  if (distance < 2) return a * (distance ** 3 - 5 * distance ** 2 + 8 * distance - 4)
  return 0
}
