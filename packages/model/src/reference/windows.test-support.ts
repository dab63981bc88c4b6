import { intAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import { build, count, reference } from '../reference-tensor.test-support.ts'
import {
  averagePool,
  batchNormalization,
  conv,
  convTranspose,
  lpPool,
  maxPool,
} from '../reference-windows.test-support.ts'
import { first, given, type Operators, type Run, whole } from './operator.test-support.ts'

/** One number for all places of a channel. */
function overPlaces(f: (values: Float64Array, node: GraphNode) => number): Run {
  return (node, inputs) => {
    const x = first(inputs)
    const [n = 0, channels = 0, ...sizes] = x.shape
    const places = count(sizes)
    return build([n, channels, ...sizes.map(() => 1)], ([sample = 0, channel = 0]) => {
      const from = (sample * channels + channel) * places
      return f(x.data.subarray(from, from + places), node)
    })
  }
}

export const windowOperators: Operators = {
  Conv: (node, [x, w, b]) => conv(node, given(x), given(w), b),
  ConvTranspose: (node, [x, w, b]) => convTranspose(node, given(x), given(w), b),
  MaxPool: (node, inputs) => maxPool(node, first(inputs)),
  AveragePool: (node, inputs) => averagePool(node, first(inputs)),
  LpPool: (node, inputs) => lpPool(node, first(inputs)),
  GlobalAveragePool: overPlaces(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  ),
  GlobalMaxPool: overPlaces((values) => Math.max(...values)),
  GlobalLpPool: overPlaces((values, node) => {
    const p = intAttribute(node, 'p', 2)
    return values.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p)
  }),
  MaxUnpool: (_, [x, indices, shape]) => {
    const size = whole([shape], 0) ?? []
    const data = new Float64Array(count(size))
    given(indices).data.forEach((to, from) => {
      data[to] = given(x).data[from]!
    })
    return reference(size, data)
  },
  BatchNormalization: (node, inputs) => batchNormalization(node, inputs.map(given)),
}
