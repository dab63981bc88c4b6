import { build, count } from '../reference-tensor.test-support.ts'
import {
  averagePool,
  batchNormalization,
  conv,
  convTranspose,
  maxPool,
} from '../reference-windows.test-support.ts'
import { first, given, type Operators } from './operator.test-support.ts'

export const windowOperators: Operators = {
  Conv: (node, [x, w, b]) => conv(node, given(x), given(w), b),
  ConvTranspose: (node, [x, w]) => convTranspose(node, given(x), given(w)),
  MaxPool: (node, inputs) => maxPool(node, first(inputs)),
  AveragePool: (node, inputs) => averagePool(node, first(inputs)),
  GlobalAveragePool: (_, inputs) => {
    const x = first(inputs)
    const [n = 0, channels = 0, ...sizes] = x.shape
    const places = count(sizes)
    return build([n, channels, ...sizes.map(() => 1)], ([sample = 0, channel = 0]) => {
      const from = (sample * channels + channel) * places
      return x.data.subarray(from, from + places).reduce((sum, value) => sum + value, 0) / places
    })
  },
  BatchNormalization: (node, inputs) => batchNormalization(node, inputs.map(given)),
}
