import { intAttribute, intsAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import {
  at,
  build,
  count,
  eachIndex,
  offset,
  positive,
  type Reference,
  reference,
  stridesOf,
} from '../reference-tensor.test-support.ts'
import { first, type Inputs, type Operators, type Run, whole } from './operator.test-support.ts'

/** A number from all the numbers that are reduced to it. */
function reduction(f: (line: readonly number[]) => number): Run {
  return (node, inputs) => {
    const x = first(inputs)
    const rank = x.shape.length
    const stated = whole(inputs, 1) ?? intsAttribute(node, 'axes') ?? []
    const none = stated.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1
    const axes = stated.map((axis) => positive(axis, rank))
    const isReduced = (axis: number) => !none && (axes.length === 0 || axes.includes(axis))
    const kept = x.shape.map((size, axis) => (isReduced(axis) ? 1 : size))
    const lines = Array.from({ length: count(kept) }, (): number[] => [])
    const strides = stridesOf(kept).map((stride, axis) => (isReduced(axis) ? 0 : stride))
    let from = 0
    eachIndex(x.shape, (index) => lines[offset(index, strides)]!.push(x.data[from++]!))
    const isKept = intAttribute(node, 'keepdims', 1) === 1
    const shape = isKept ? kept : x.shape.filter((_, axis) => !isReduced(axis))
    return reference(shape, lines.map(f), x.type)
  }
}

const total = (line: readonly number[]) => line.reduce((sum, value) => sum + value, 0)
const over = (line: readonly number[], f: (x: number) => number) => total(line.map(f))

function logSumExp(line: readonly number[]): number {
  const most = Math.max(...line)
  return most + Math.log(over(line, (x) => Math.exp(x - most)))
}

const cumSum: Run = (node, inputs) => {
  const x = first(inputs)
  const axis = positive(whole(inputs, 1)?.[0] ?? 0, x.shape.length)
  const size = x.shape[axis]!
  const skip = intAttribute(node, 'exclusive', 0)
  const isReverse = intAttribute(node, 'reverse', 0) === 1
  return build(x.shape, (index) => {
    const own = index[axis]!
    const [start, end] = isReverse ? [own + skip, size] : [0, own + 1 - skip]
    let sum = 0
    for (let i = start; i < end; i++) sum += at(x, index.with(axis, i))
    return sum
  })
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
  ReduceSum: reduction(total),
  ReduceMean: reduction((line) => total(line) / line.length),
  ReduceMax: reduction((line) => Math.max(...line)),
  ReduceMin: reduction((line) => Math.min(...line)),
  ReduceProd: reduction((line) => line.reduce((product, value) => product * value, 1)),
  ReduceL1: reduction((line) => over(line, Math.abs)),
  ReduceL2: reduction((line) => Math.sqrt(over(line, (x) => x * x))),
  ReduceSumSquare: reduction((line) => over(line, (x) => x * x)),
  ReduceLogSum: reduction((line) => Math.log(total(line))),
  ReduceLogSumExp: reduction(logSumExp),
  Softmax: (node, inputs) => softmax(node, inputs, false),
  LogSoftmax: (node, inputs) => softmax(node, inputs, true),
  CumSum: cumSum,
}
