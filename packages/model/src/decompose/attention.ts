import { attribute, floatAttribute, intAttribute } from '../attributes.ts'
import { elementTypes } from '../element-type.ts'
import type { GraphNode } from '../graph.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

/** Q, K, V = X W + b in one product, then attention of every head. */
const attention: Decomposition = (r, node) => {
  refuseOthers(r, node, { 4: 'a past state', 6: 'a past state' })
  const x = given(r, node, 0)
  const weights = given(r, node, 1)
  const bias = optional(node, 2)
  const product = r.emit('MatMul', [x, weights])
  const whole = bias === undefined ? product : r.emit('Add', [product, bias])
  const third = r.size(weights, 1) / 3
  const sizes = attribute(node, 'qkv_hidden_sizes')?.ints.map(Number) ?? [third, third, third]
  const [q = '', k = '', v = ''] = r.emitMany('Split', [whole, r.ints(sizes)], 3, { axis: 2 })
  const length = intAttribute(node, 'unidirectional', 0) === 1 ? r.size(x, 1) : 0
  const added = withMask(r, node, { mask: optional(node, 3), keys: x, added: optional(node, 5) })
  return [heads(r, node, { q, k, v, width: sizes[0]!, length, added })]
}

/** Q, K and V come apart; each may have its part of one bias. */
const multiHeadAttention: Decomposition = (r, node) => {
  refuseOthers(r, node, { 6: 'a past state', 7: 'a past state', 8: 'a past state' })
  const parts = [given(r, node, 0), given(r, node, 1), given(r, node, 2)]
  if (parts.some((part) => r.shape(part).length !== 3)) r.refuse('its operands are packed')
  const widths = parts.map((part) => r.size(part, 2))
  const bias = optional(node, 3)
  const biases =
    bias === undefined ? [] : r.emitMany('Split', [bias, r.ints(widths)], 3, { axis: 0 })
  const [q = '', k = '', v = ''] = parts.map((part, index) => {
    const own = biases[index]
    return own === undefined ? part : r.emit('Add', [part, own])
  })
  const length = intAttribute(node, 'unidirectional', 0) === 1 ? r.size(parts[0]!, 1) : 0
  const masked = { mask: optional(node, 4), keys: parts[1]!, added: optional(node, 5) }
  return [heads(r, node, { q, k, v, width: widths[0]!, length, added: withMask(r, node, masked) })]
}

interface Masked {
  /** Whole numbers: how many places of each sample count, or 1 for each that does. */
  readonly mask: string | undefined
  /** [samples, places, numbers] */
  readonly keys: string
  readonly added: string | undefined
}

/** What is added to the scores: what the node says, and a large negative number where its mask is 0. */
function withMask(r: Rewriter, node: GraphNode, { mask, keys, added }: Masked): string | undefined {
  if (mask === undefined) return added
  const like = given(r, node, 0)
  const filter = r.scalar(floatAttribute(node, 'mask_filter_value', -10_000), like)
  const hidden = r.emit('Where', [seenPlaces(r, mask, keys), r.scalar(0, like), filter])
  return added === undefined ? hidden : r.emit('Add', [hidden, added])
}

/** True for what may be looked at, as [samples, 1, 1 or places, places]. */
function seenPlaces(r: Rewriter, mask: string, keys: string): string {
  const shape = r.shape(mask)
  const isSeen = (values: string) => r.emit('Cast', [values], { to: elementTypes.bool.code })
  if (shape.length === 2) return isSeen(r.emit('Unsqueeze', [mask, r.ints([1, 2])]))
  if (shape.length === 3) return isSeen(r.emit('Unsqueeze', [mask, r.ints([1])]))
  if (shape.length !== 1 || shape[0] !== r.shape(keys)[0]) {
    return r.refuse(`its mask has the shape [${shape.join()}]`)
  }
  const places = r.ints(Array.from({ length: r.size(keys, 1) }, (_, i) => i))
  const ends = r.emit('Cast', [mask], { to: elementTypes.int64.code })
  return r.emit('Less', [places, r.emit('Unsqueeze', [ends, r.ints([1, 2, 3])])])
}

interface Operands {
  readonly q: string
  readonly k: string
  readonly v: string
  /** Numbers of one query, all heads together. */
  readonly width: number
  /** How many places look back only; 0 where all places look everywhere. */
  readonly length: number
  /** Added to the scores before their softmax. */
  readonly added: string | undefined
}

/** softmax(Q K^T / sqrt(width of a head)) V for every head (Vaswani et al. 2017, eq. 1). */
function heads(r: Rewriter, node: GraphNode, { q, k, v, width, length, added }: Operands): string {
  const like = given(r, node, 0)
  const count = intAttribute(node, 'num_heads', 1)
  const apart = (value: string, perm: readonly number[]) =>
    r.emit('Transpose', [r.emit('Reshape', [value, r.ints([0, 0, count, -1])])], { perm })
  const stated = floatAttribute(node, 'scale', 0)
  const scale = stated === 0 ? 1 / Math.sqrt(width / count) : stated
  const product = r.emit('MatMul', [apart(q, [0, 2, 1, 3]), apart(k, [0, 2, 3, 1])])
  const scores = r.emit('Mul', [product, r.scalar(scale, like)])
  const biased = added === undefined ? scores : r.emit('Add', [scores, added])
  const seen = length === 0 ? biased : r.emit('Add', [biased, lookingBack(r, length)])
  const shares = r.emit('Softmax', [seen], { axis: -1 })
  const mixed = r.emit('MatMul', [shares, apart(v, [0, 2, 1, 3])])
  const together = r.emit('Transpose', [mixed], { perm: [0, 2, 1, 3] })
  return r.emit('Reshape', [together, r.ints([0, 0, -1])])
}

/** What no place may look at gets a score that no softmax sees. */
function lookingBack(r: Rewriter, length: number): string {
  const mask = Float32Array.from({ length: length * length }, (_, at) =>
    at % length > Math.floor(at / length) ? -1e30 : 0,
  )
  return r.floats(mask, [length, length])
}

function refuseOthers(r: Rewriter, node: GraphNode, others: Readonly<Record<number, string>>) {
  for (const [index, what] of Object.entries(others)) {
    if (optional(node, Number(index)) !== undefined) r.refuse(`it is used with ${what}`)
  }
  if (node.outputs.slice(1).some((name) => name !== '')) r.refuse('it hands its state on')
  if (intAttribute(node, 'do_rotary', 0) === 1) r.refuse('it rotates its operands')
}

/** Attention as ONNX Runtime's optimiser fuses it, taken apart again. */
export const attentionDecompositions: Decompositions = {
  'com.microsoft:Attention': attention,
  'com.microsoft:MultiHeadAttention': multiHeadAttention,
}
