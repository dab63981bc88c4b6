import { numbersOf } from './constant.ts'
import type { Graph } from './graph.ts'
import { activationOperators } from './reference/activation.test-support.ts'
import { columnImageOperators } from './reference/column-image.test-support.ts'
import { einsumOperators } from './reference/einsum.test-support.ts'
import { elementwiseOperators } from './reference/elementwise.test-support.ts'
import { functionOperators } from './reference/function.test-support.ts'
import { indexingOperators } from './reference/indexing.test-support.ts'
import { linearOperators } from './reference/linear.test-support.ts'
import { normalizationOperators } from './reference/normalization.test-support.ts'
import type { Operators } from './reference/operator.test-support.ts'
import { reductionOperators } from './reference/reduction.test-support.ts'
import { resizeOperators } from './reference/resize.test-support.ts'
import { shapingOperators } from './reference/shaping.test-support.ts'
import { windowOperators } from './reference/windows.test-support.ts'
import { type Reference, reference } from './reference-tensor.test-support.ts'

/** The operators of ONNX as its specification defines them, by family. */
const operators: Operators = {
  ...elementwiseOperators,
  ...functionOperators,
  ...activationOperators,
  ...reductionOperators,
  ...linearOperators,
  ...shapingOperators,
  ...indexingOperators,
  ...einsumOperators,
  ...resizeOperators,
  ...windowOperators,
  ...normalizationOperators,
  ...columnImageOperators,
}

/**
 * Runs a graph in double precision, operator by operator as the ONNX specification defines them and with no
 * regard for speed. It is the independent truth that gradient rules are held against.
 */
export function interpret(
  graph: Graph,
  feeds: Readonly<Record<string, Reference>>,
): Record<string, Reference> {
  const values = new Map(Object.entries(feeds))
  for (const [name, constant] of graph.constants) {
    const type = constant.type === 'int64' ? 'int64' : constant.type === 'bool' ? 'bool' : 'float32'
    values.set(name, reference(constant.shape, numbersOf(constant), type))
  }
  for (const node of graph.nodes) {
    const run = operators[node.op]
    if (run === undefined) throw new Error(`the reference interpreter has no ${node.op}`)
    const inputs = node.inputs.map((name) => {
      const value = values.get(name)
      if (value === undefined && name !== '') throw new Error(`${name} is used before it is made`)
      return value
    })
    const made = run(node, inputs)
    const outputs = Array.isArray(made) ? made : [made]
    for (const [index, name] of node.outputs.entries()) {
      const output = outputs[index]
      if (name !== '' && output !== undefined) values.set(name, output)
    }
  }
  return Object.fromEntries(values)
}
