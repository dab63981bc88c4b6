import { floatAttribute, intAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

/** What no place may look at gets a score that no softmax sees. */
const unseen = -1e30

/**
 * Attention of ONNX: softmax(scale Q K^T + mask) V for every head, where several heads of Q may share one of K and V.
 * Operands are [samples, heads, places, numbers], or [samples, places, heads and numbers].
 */
const attention: Decomposition = (r, node) => {
  refuseOthers(r, node)
  const [qIn, kIn, vIn] = [given(r, node, 0), given(r, node, 1), given(r, node, 2)]
  const isFlat = r.shape(qIn).length === 3
  const queries = isFlat ? intAttribute(node, 'q_num_heads', 1) : r.size(qIn, 1)
  const keys = isFlat ? intAttribute(node, 'kv_num_heads', 1) : r.size(kIn, 1)
  const apart = (value: string, heads: number) =>
    isFlat ? headsFirst(r, r.emit('Reshape', [value, r.ints([0, 0, heads, -1])])) : value
  const width = r.size(qIn, -1) / (isFlat ? queries : 1)
  const [k, v] = [apart(kIn, keys), apart(vIn, keys)]
  const shared = (value: string, whole: string) =>
    repeated(r, value, { keys, times: queries / keys, width: widthOf(r, whole, isFlat, keys) })
  const turned = r.emit('Transpose', [shared(k, kIn)], { perm: [0, 1, 3, 2] })
  const product = r.emit('MatMul', [apart(qIn, queries), turned])
  const stated = floatAttribute(node, 'scale', 0)
  const scale = r.scalar(stated === 0 ? 1 / Math.sqrt(width) : stated, qIn)
  const scores = masked(r, node, r.emit('Mul', [product, scale]))
  const y = r.emit('MatMul', [r.emit('Softmax', [scores], { axis: -1 }), shared(v, vIn)])
  const together = isFlat ? r.emit('Reshape', [headsFirst(r, y), r.ints([0, 0, -1])]) : y
  return [together, k, v]
}

function refuseOthers(r: Rewriter, node: GraphNode): void {
  const others = { 4: 'a past state', 5: 'a past state', 6: 'lengths of its own' }
  for (const [index, what] of Object.entries(others)) {
    if (optional(node, Number(index)) !== undefined) r.refuse(`it is used with ${what}`)
  }
  if ((node.outputs[3] ?? '') !== '') r.refuse('it hands its scores on')
  const isCapped = floatAttribute(node, 'softcap', 0) !== 0
  // Releases of the specification differ in which of both comes first.
  if (isCapped && optional(node, 3) !== undefined) r.refuse('it caps scores that are masked')
}

/** [samples, places, heads, numbers] to [samples, heads, places, numbers], and back. */
function headsFirst(r: Rewriter, value: string): string {
  return r.emit('Transpose', [value], { perm: [0, 2, 1, 3] })
}

function widthOf(r: Rewriter, value: string, isFlat: boolean, heads: number): number {
  return r.size(value, -1) / (isFlat ? heads : 1)
}

interface Sharing {
  readonly keys: number
  readonly times: number
  readonly width: number
}

/** Every head of K or V as often as there are heads of Q that share it. */
function repeated(r: Rewriter, value: string, { keys, times, width }: Sharing): string {
  if (times === 1) return value
  const apart = r.emit('Unsqueeze', [value, r.ints([2])])
  const copies = r.emit('Expand', [apart, r.ints([1, 1, times, 1, 1])])
  return r.emit('Reshape', [copies, r.ints([0, keys * times, -1, width])])
}

/** Scores after what the mask, the order of places and the cap make of them. */
function masked(r: Rewriter, node: GraphNode, scores: string): string {
  const mask = optional(node, 3)
  const like = given(r, node, 0)
  const cap = floatAttribute(node, 'softcap', 0)
  const capped = cap === 0 ? scores : capAt(r, scores, r.scalar(cap, like))
  const isCausal = intAttribute(node, 'is_causal', 0) === 1
  const ordered = isCausal
    ? r.emit('Where', [lookingBack(r, node), capped, r.scalar(unseen, like)])
    : capped
  if (mask === undefined) return ordered
  return r.type(mask) === 'bool'
    ? r.emit('Where', [mask, ordered, r.scalar(unseen, like)])
    : r.emit('Add', [ordered, mask])
}

/** cap tanh(scores / cap) */
function capAt(r: Rewriter, scores: string, cap: string): string {
  return r.emit('Mul', [cap, r.emit('Tanh', [r.emit('Div', [scores, cap])])])
}

/** [places of Q, places of K]: true where a place looks at itself or back. */
function lookingBack(r: Rewriter, node: GraphNode): string {
  const rows = r.size(given(r, node, 0), -2)
  const columns = r.size(given(r, node, 1), -2)
  const bytes = Uint8Array.from({ length: rows * columns }, (_, at) =>
    Number(at % columns <= Math.floor(at / columns)),
  )
  return r.keep({ type: 'bool', shape: [rows, columns], bytes })
}

/** Attention of ONNX's own domain, since opset 23. */
export const standardAttentionDecompositions: Decompositions = {
  Attention: attention,
}
