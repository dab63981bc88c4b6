import { create } from '@bufbuild/protobuf'
import { elementTypes } from '../element-type.ts'
import { EngineError } from '../errors.ts'
import { graphOf, nodeProto, portProto } from '../graph-file.ts'
import type { ParsedModel } from '../model-file.ts'
import { OperatorSetIdProtoSchema } from '../onnx_pb.ts'
import { metadataPreprocessing } from './metadata-preprocessing.ts'
import { isPlain, type Preprocessing } from './preprocessing.ts'
import { preprocessingNodes } from './preprocessing-nodes.ts'
import { planOf } from './preprocessing-plan.ts'

/** Which preprocessing counts: what is declared, or `file` for what the file's metadata says. */
export type PreprocessingChoice = Preprocessing | 'file'

/**
 * A model with its preprocessing in front, as part of its graph: so an attack moves samples as they are before it, a
 * gradient goes through it, and epsilon is in the samples' own units. The same message if there is none; the
 * message that was given is not changed.
 * @throws EngineError PREPROCESSING_INVALID if the steps do not fit the model
 */
export function graftPreprocessing(model: ParsedModel, chosen: PreprocessingChoice): ParsedModel {
  const steps = chosenPreprocessing(model, chosen)
  if (isPlain(steps)) return model
  const { inputs, opset } = graphOf(model)
  const [input, ...others] = inputs
  if (input === undefined || others.length > 0) {
    throw unfit(`is for models of one input, and this one takes ${inputs.length}`)
  }
  if (input.type !== elementTypes.float32.code || (input.shape?.length ?? 0) < 2) {
    throw unfit('needs a float32 input [batch, ...sample]')
  }
  // A file of other domains alone names no opset of ONNX's own.
  if (opset !== 0 && opset < 7) {
    throw new EngineError(
      'OPSET_UNSUPPORTED',
      `preprocessing needs opset 7 or newer and the model has ${opset}; export it again`,
    )
  }
  const [batch = -1, ...sample] = input.shape ?? []
  const plan = planOf(steps, sample)
  const prefix = freePrefix(model)
  const first = `${prefix}sample`
  const nodes = preprocessingNodes(plan, { input: first, output: input.name, prefix })
  const opsetImport =
    opset === 0
      ? [...model.opsetImport, create(OperatorSetIdProtoSchema, { domain: '', version: 17n })]
      : model.opsetImport
  const shape = [batch, ...plan.from]
  const graph = {
    ...model.graph,
    node: [...nodes.map(nodeProto), ...model.graph.node],
    input: model.graph.input.map((port) =>
      port.name === input.name ? portProto({ ...input, name: first, shape }) : port,
    ),
  }
  return { ...model, opsetImport, graph }
}

/** The steps that count for a model; none is {}. @throws EngineError PREPROCESSING_INVALID */
export function chosenPreprocessing(
  model: ParsedModel,
  chosen: PreprocessingChoice,
): Preprocessing {
  return chosen === 'file' ? (metadataPreprocessing(model) ?? {}) : chosen
}

/** A beginning that no name of the graph has. */
function freePrefix({ graph }: ParsedModel): string {
  const names = [
    ...graph.node.flatMap(({ input, output }) => [...input, ...output]),
    ...graph.input.map(({ name = '' }) => name),
    ...graph.initializer.map(({ name = '' }) => name),
  ]
  let prefix = 'preprocessing/'
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`
  return prefix
}

function unfit(what: string): EngineError {
  return new EngineError('PREPROCESSING_INVALID', `preprocessing ${what}; leave it out`)
}
