import { intAttribute, intsAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import {
  at,
  build,
  count,
  positive,
  type Reference,
  reference,
  stridesOf,
} from '../reference-tensor.test-support.ts'
import { first, type Inputs, type Operators, whole } from './operator.test-support.ts'

function reduce(node: GraphNode, inputs: Inputs, isMean: boolean): Reference {
  const x = first(inputs)
  const rank = x.shape.length
  const stated = whole(inputs, 1) ?? intsAttribute(node, 'axes') ?? []
  const none = stated.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1
  const axes = stated.map((axis) => positive(axis, rank))
  const isReduced = (axis: number) => !none && (axes.length === 0 || axes.includes(axis))
  const kept = x.shape.map((size, axis) => (isReduced(axis) ? 1 : size))
  const sum = new Float64Array(count(kept))
  const strides = stridesOf(kept)
  let from = 0
  build(x.shape, (index) => {
    let to = 0
    for (const [axis, place] of index.entries()) if (!isReduced(axis)) to += place * strides[axis]!
    sum[to]! += x.data[from++]!
    return 0
  })
  const parts = isMean ? count(x.shape) / sum.length : 1
  const shape =
    intAttribute(node, 'keepdims', 1) === 1 ? kept : x.shape.filter((_, axis) => !isReduced(axis))
  return reference(
    shape,
    sum.map((value) => value / parts),
    x.type,
  )
}

function softmax(node: GraphNode, inputs: Inputs, isLog: boolean): Reference {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', -1), x.shape.length)
  const size = x.shape[axis] ?? 1
  return build(x.shape, (index) => {
    const line = Array.from({ length: size }, (_, i) => at(x, index.with(axis, i)))
    const most = Math.max(...line)
    const total = line.reduce((sum, value) => sum + Math.exp(value - most), 0)
    const own = line[index[axis]!]! - most
    return isLog ? own - Math.log(total) : Math.exp(own) / total
  })
}

export const reductionOperators: Operators = {
  ReduceSum: (node, inputs) => reduce(node, inputs, false),
  ReduceMean: (node, inputs) => reduce(node, inputs, true),
  Softmax: (node, inputs) => softmax(node, inputs, false),
  LogSoftmax: (node, inputs) => softmax(node, inputs, true),
}
