import { create } from '@bufbuild/protobuf'
import type { ParsedModel } from '../model-file.ts'
import { TypeProtoSchema, type ValueInfoProto } from '../onnx_pb.ts'

/** The domain of tree ensembles, linear models and support vector machines. */
export const classicalDomain = 'ai.onnx.ml'

/**
 * Converters of scikit-learn end a classifier in ZipMap, which makes of the scores a list of dictionaries that the runtime
 * cannot hand out. The model without it gives the scores as the tensor that they were. The same message if there is none.
 */
export function withPlainScores(model: ParsedModel): ParsedModel {
  const { node, output } = model.graph
  const zipped = new Map(
    node
      .filter(({ opType, domain }) => opType === 'ZipMap' && domain === classicalDomain)
      .map(({ input, output: outputs }) => [outputs[0] ?? '', input[0] ?? '']),
  )
  const isShown = output.some(({ name = '' }) => zipped.has(name))
  if (!isShown) return model
  const graph = {
    ...model.graph,
    node: node.filter(({ output: outputs }) => !zipped.has(outputs[0] ?? '')),
    output: output.map((port) => {
      const name = zipped.get(port.name ?? '')
      return name === undefined ? port : scorePort(port, name)
    }),
  }
  return { ...model, graph }
}

/** Float32 numbers of a shape that a run will show. */
function scorePort(port: ValueInfoProto, name: string): ValueInfoProto {
  const value = { case: 'tensorType', value: { elemType: 1 } } as const
  return { ...port, name, type: create(TypeProtoSchema, { value }) }
}
