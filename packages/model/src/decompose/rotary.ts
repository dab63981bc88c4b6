import { intAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

/** What a rotation of heads needs beside the operand itself. */
export interface Rotation {
  /** [samples or 1, places, half of what is rotated] */
  readonly cos: string
  readonly sin: string
  /** True if partners stand side by side, not half a head apart. */
  readonly isInterleaved: boolean
  /** Numbers of a head that are rotated. */
  readonly width: number
}

/**
 * Rotates pairs of numbers of each head by an angle that grows with the place (Su et al. 2021, eq. 34):
 * (a, b) to (a cos - b sin, a sin + b cos). `x` is [samples, places, heads, numbers].
 */
export function rotated(r: Rewriter, x: string, size: number, rotation: Rotation): string {
  const { width, isInterleaved } = rotation
  const isPart = width < size
  const [turned = x, kept = ''] = isPart
    ? r.emitMany('Split', [x, r.ints([width, size - width])], 2, { axis: 3 })
    : [x]
  // For pairs side by side the last axis becomes [half, 2], for halves apart [2, half].
  const shape = isInterleaved ? [0, 0, 0, width / 2, 2] : [0, 0, 0, 2, width / 2]
  const axis = isInterleaved ? 4 : 3
  const pairs = r.emit('Reshape', [turned, r.ints(shape)])
  const [a = '', b = ''] = r.emitMany('Split', [pairs, r.ints([1, 1])], 2, { axis })
  const wide = (angle: string) =>
    r.emit('Unsqueeze', [angle, r.ints(isInterleaved ? [2, 4] : [2, 3])])
  const [cos, sin] = [wide(rotation.cos), wide(rotation.sin)]
  const times = (one: string, other: string) => r.emit('Mul', [one, other])
  const first = r.emit('Sub', [times(a, cos), times(b, sin)])
  const second = r.emit('Add', [times(a, sin), times(b, cos)])
  const both = r.emit('Concat', [first, second], { axis })
  const whole = r.emit('Reshape', [both, r.ints([0, 0, 0, width])])
  return isPart ? r.emit('Concat', [whole, kept], { axis: 3 }) : whole
}

/** The rotary operators: x as it is, with cos and sin for its own places. */
function rotary(r: Rewriter, node: GraphNode, cos: string, sin: string, half: number): string {
  const x = given(r, node, 0)
  const isFlat = r.shape(x).length === 3
  const stated = intAttribute(node, 'num_heads', 0)
  const heads = stated > 0 ? stated : isFlat ? r.size(x, 2) / (2 * half) : r.size(x, 1)
  const size = isFlat ? r.size(x, 2) / heads : r.size(x, 3)
  const swap = (value: string) => r.emit('Transpose', [value], { perm: [0, 2, 1, 3] })
  const apart = isFlat ? r.emit('Reshape', [x, r.ints([0, 0, heads, size])]) : swap(x)
  const isInterleaved = intAttribute(node, 'interleaved', 0) === 1
  const turned = rotated(r, apart, size, { cos, sin, isInterleaved, width: 2 * half })
  return isFlat ? r.emit('Reshape', [turned, r.ints([0, 0, heads * size])]) : swap(turned)
}

/** Of ONNX: angles for every place, or a table of them and the rows to take. */
const standardRotary: Decomposition = (r, node) => {
  const [cos, sin] = [given(r, node, 1), given(r, node, 2)]
  const places = optional(node, 3)
  const looked = (table: string) =>
    places === undefined ? table : r.emit('Gather', [table, places], { axis: 0 })
  return [rotary(r, node, looked(cos), looked(sin), r.size(cos, -1))]
}

/** Of ONNX Runtime: a table of angles, and the rows to take or the first of them. */
const fusedRotary: Decomposition = (r, node) => {
  if (intAttribute(node, 'is_packed_batching', 0) !== 0) r.refuse('its samples are packed')
  const x = given(r, node, 0)
  const places = given(r, node, 1)
  const cos = given(r, node, 2)
  const length = r.size(x, r.shape(x).length === 3 ? 1 : 2)
  const steps = r.ints(Array.from({ length }, (_, i) => i))
  const isFirst = r.shape(places).length < 2
  const rows = isFirst ? r.emit('Unsqueeze', [r.emit('Add', [places, steps]), r.ints([0])]) : places
  const looked = (table: string) => r.emit('Gather', [table, rows], { axis: 0 })
  return [rotary(r, node, looked(cos), looked(given(r, node, 3)), r.size(cos, -1))]
}

/** Rotary position embeddings, written as products with sines and cosines. */
export const rotaryDecompositions: Decompositions = {
  RotaryEmbedding: standardRotary,
  'com.microsoft:RotaryEmbedding': fusedRotary,
}
