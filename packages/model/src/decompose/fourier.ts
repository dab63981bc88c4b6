import { attribute, intAttribute } from '../attributes.ts'
import { intConstant } from '../constant.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

interface Transform {
  /** Numbers that go in; what lies beyond the transform's length is left out. */
  readonly inputs: number
  /** 1 for real numbers, 2 for complex ones. */
  readonly parts: number
  readonly length: number
  readonly outputs: number
  readonly isInverse: boolean
}

/**
 * The discrete Fourier transform as one matrix [inputs parts, outputs 2]: it is linear, so its gradient is that of a
 * product. X_k = sum_n x_n exp(-2 pi i k n / N); the inverse turns the other way and divides by N.
 */
function fourierMatrix(r: Rewriter, transform: Transform): string {
  const { inputs, parts, length, outputs, isInverse } = transform
  r.checkMatrix(inputs * parts * outputs * 2)
  const matrix = new Float32Array(inputs * parts * outputs * 2)
  const scale = isInverse ? 1 / length : 1
  for (let n = 0; n < Math.min(inputs, length); n++) {
    for (let k = 0; k < outputs; k++) {
      // The product is taken round the circle first, so that large angles lose no digits.
      const angle = ((isInverse ? 2 : -2) * Math.PI * ((k * n) % length)) / length
      const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
      const real = (n * parts * outputs + k) * 2
      matrix[real] = cos
      matrix[real + 1] = sin
      if (parts === 1) continue
      const imaginary = ((n * parts + 1) * outputs + k) * 2
      matrix[imaginary] = -sin
      matrix[imaginary + 1] = cos
    }
  }
  return r.floats(matrix, [inputs * parts, outputs * 2])
}

/** x [..., inputs, parts] with `lead` axes before to [..., outputs, 2]. */
function transformed(r: Rewriter, x: string, lead: number, transform: Transform): string {
  const keep = new Array<number>(lead).fill(0)
  const { inputs, parts, outputs } = transform
  const rows = r.emit('Reshape', [x, r.ints([...keep, inputs * parts])])
  const product = r.emit('MatMul', [rows, fourierMatrix(r, transform)])
  return r.emit('Reshape', [product, r.ints([...keep, outputs, 2])])
}

/** DFT along any axis, forwards or back. */
const dft: Decomposition = (r, node) => {
  const x = given(r, node, 0)
  const rank = r.shape(x).length
  const axisInput = optional(node, 2)
  const [given20 = -2] = axisInput === undefined ? [] : (r.numbers(axisInput) ?? [])
  if (axisInput !== undefined && r.numbers(axisInput) === undefined)
    r.refuse('its axis is computed')
  const stated = r.graph.opset < 20 ? intAttribute(node, 'axis', 1) : given20
  const axis = stated < 0 ? stated + rank : stated
  const inputs = r.size(x, axis)
  const lengthInput = optional(node, 1)
  const [length = inputs] =
    lengthInput === undefined ? [] : (r.numbers(lengthInput) ?? r.refuse('its length is computed'))
  const isInverse = intAttribute(node, 'inverse', 0) === 1
  const isHalf = intAttribute(node, 'onesided', 0) === 1
  if (isInverse && isHalf) r.refuse('it goes back from half of a spectrum')
  const outputs = isHalf ? Math.floor(length / 2) + 1 : length
  const last = rank - 2
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? last : i === last ? axis : i))
  const turn = (value: string) => (axis === last ? value : r.emit('Transpose', [value], { perm }))
  const transform = { inputs, parts: r.size(x, -1), length, outputs, isInverse }
  return [turn(transformed(r, turn(x), last, transform))]
}

/** STFT: windows of the signal, each transformed. */
const stft: Decomposition = (r, node) => {
  const signal = given(r, node, 0)
  const [step] = r.numbers(given(r, node, 1)) ?? r.refuse('its step is computed')
  const window = optional(node, 2)
  const stated = optional(node, 3)
  const [frame] =
    stated === undefined ? [] : (r.numbers(stated) ?? r.refuse('its length is computed'))
  const length =
    frame ?? (window === undefined ? r.refuse('it states no length') : r.size(window, 0))
  if (step === undefined || step < 1 || length < 1) return r.refuse('its step or length is no size')
  const isFlat = r.shape(signal).length === 2
  const frames = Math.floor((r.size(signal, 1) - length) / step) + 1
  const places = Array.from(
    { length: frames * length },
    (_, i) => Math.floor(i / length) * step + (i % length),
  )
  const indices = r.keep(intConstant(places, [frames, length]))
  const cut = r.emit('Gather', [signal, indices], { axis: 1 })
  const parts = isFlat ? 1 : r.size(signal, 2)
  const shaped =
    window === undefined || isFlat ? window : r.emit('Unsqueeze', [window, r.ints([1])])
  const framed = shaped === undefined ? cut : r.emit('Mul', [cut, shaped])
  const isHalf =
    attribute(node, 'onesided') === undefined || intAttribute(node, 'onesided', 1) === 1
  const outputs = isHalf ? Math.floor(length / 2) + 1 : length
  return [transformed(r, framed, 2, { inputs: length, parts, length, outputs, isInverse: false })]
}

/** Spectra, which are products with a matrix of sines and cosines. */
export const fourierDecompositions: Decompositions = {
  DFT: dft,
  STFT: stft,
}
