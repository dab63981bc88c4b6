import type { Random } from '@merlon/core'
import type { Draw, Operand, RuleCases } from '../gradient/cases/draw.test-support.ts'
import { chance, dims, ints, pick, whole } from '../gradient/cases/draw.test-support.ts'

const gridSample: Draw = (random) => {
  const opset = pick(random, [16, 20])
  const spatial = opset === 20 ? pick(random, [2, 2, 3]) : 2
  const names = opset === 20 ? ['linear', 'nearest', 'cubic'] : ['bilinear', 'nearest', 'bicubic']
  // The runtime has cubic only for pictures.
  const mode = pick(random, spatial === 3 ? names.slice(0, 2) : names)
  const sizes = dims(random, spatial, 4).map((size) => size + 1)
  const image: Operand = { shape: [2, whole(random, 1, 2), ...sizes], isBatched: true }
  const grid: Operand = {
    shape: [2, ...dims(random, spatial, 3), spatial],
    low: -1.5,
    high: 1.5,
    isBatched: true,
  }
  const attributes = {
    mode,
    padding_mode: pick(random, ['zeros', 'border', 'reflection']),
    align_corners: whole(random, 0, 1),
  }
  return { inputs: [image, grid], attributes, opset }
}

const affineGrid: Draw = (random) => {
  const spatial = whole(random, 2, 3)
  const sizes = [3, 1, ...dims(random, spatial, 4)]
  const theta = { shape: [3, spatial, spatial + 1] }
  return {
    inputs: [theta, ints(...sizes)],
    attributes: { align_corners: whole(random, 0, 1) },
    opset: 20,
  }
}

const determinant: Draw = (random) => {
  const size = whole(random, 1, 4)
  const isBatched = chance(random)
  const lead = isBatched ? [2, ...dims(random, 1)] : dims(random, whole(random, 0, 1))
  return { inputs: [{ shape: [...lead, size, size], isBatched }], opset: 22 }
}

const centerCropPad: Draw = (random) => {
  const inner = dims(random, whole(random, 1, 3), 6)
  const chosen = inner.map((_, axis) => axis + 1).filter(() => chance(random))
  const axes = chosen.length === 0 ? [1] : chosen
  const stated = axes.map((axis) => pick(random, [axis, axis - inner.length - 1]))
  const sizes = axes.map(() => whole(random, 1, 7))
  return {
    inputs: [{ shape: [2, ...inner], isBatched: true }, ints(...sizes)],
    attributes: { axes: stated },
    opset: 18,
  }
}

/** The inverse of half a spectrum is refused. */
function direction(random: Random) {
  return pick(random, [{}, { onesided: 1 }, { inverse: 1 }] as const)
}

const dft: Draw = (random) => {
  const opset = pick(random, [17, 20])
  const lead = [2, ...dims(random, whole(random, 1, 2), 5)]
  const way = direction(random)
  const parts = 'onesided' in way ? 1 : whole(random, 1, 2)
  const axis = whole(random, 1, lead.length - 1)
  const stated = pick(random, [axis, axis - lead.length - 1])
  const x: Operand = { shape: [...lead, parts], isBatched: true }
  const length = chance(random)
    ? { shape: [], ints: [Math.max(1, lead[axis]! + whole(random, -2, 2))] }
    : undefined
  return opset === 17
    ? { inputs: [x, length], attributes: { ...way, axis: stated }, opset }
    : { inputs: [x, length, { shape: [], ints: [stated] }], attributes: way, opset }
}

const stft: Draw = (random) => {
  const frame = whole(random, 2, 6)
  const isComplex = random() < 0.3
  const shape = [2, frame + whole(random, 0, 8), ...(isComplex ? [2] : [1])]
  const window = chance(random) ? { shape: [frame] } : undefined
  const onesided = isComplex ? 0 : pick(random, [undefined, 0, 1])
  return {
    inputs: [
      { shape, isBatched: true },
      { shape: [], ints: [whole(random, 1, 4)] },
      window,
      { shape: [], ints: [frame] },
    ],
    attributes: { onesided },
  }
}

/** [samples, heads, places, numbers], or heads and numbers in one axis at the end. */
function rotaryOperand(random: Random, places: number, heads: number, width: number) {
  const isFlat = chance(random)
  const shape = isFlat ? [2, places, heads * width] : [2, heads, places, width]
  return { x: { shape, isBatched: true }, isFlat }
}

const rotary: Draw = (random) => {
  const [places, heads, half] = [whole(random, 1, 3), whole(random, 1, 2), whole(random, 1, 2)]
  const rest = chance(random) ? 0 : 2 * whole(random, 0, 1)
  const { x, isFlat } = rotaryOperand(random, places, heads, 2 * half + rest)
  const rows = Array.from({ length: 3 * places }, () => whole(random, 0, 4))
  const isTable = chance(random)
  const table = { shape: isTable ? [5, half] : [3, places, half] }
  // The table of three samples fits three samples only.
  const fixed = { ...x, shape: x.shape.with(0, 3), isBatched: false }
  return {
    inputs: [fixed, table, table, isTable ? { shape: [3, places], ints: rows } : undefined],
    attributes: {
      interleaved: whole(random, 0, 1),
      num_heads: isFlat ? heads : undefined,
      rotary_embedding_dim: rest === 0 ? undefined : 2 * half,
    },
    opset: 23,
  }
}

const fusedRotary: Draw = (random) => {
  const [places, heads, half] = [whole(random, 1, 3), whole(random, 1, 2), whole(random, 1, 2)]
  const { x } = rotaryOperand(random, places, heads, 2 * half)
  const table = { shape: [6, half] }
  const start = { shape: [1], ints: [whole(random, 0, 2)] }
  return {
    inputs: [x, start, table, table],
    attributes: { interleaved: whole(random, 0, 1) },
    domain: 'com.microsoft',
  }
}

/** Operators that look at places, angles and spectra. */
export const viewCases: RuleCases = {
  GridSample: gridSample,
  AffineGrid: affineGrid,
  Det: determinant,
  CenterCropPad: centerCropPad,
  DFT: dft,
  STFT: stft,
  RotaryEmbedding: rotary,
  'com.microsoft:RotaryEmbedding': fusedRotary,
}
