/** ONNX graphs: read, differentiate, run and train, and what an adversary may ask of a model. */
export type { GradientAccess, LabelAccess, LossGradient, ScoreAccess } from './access.ts'
export { describeModel, type ModelSignature, type TensorInfo } from './describe-model.ts'
export { EngineError, type EngineErrorCode } from './errors.ts'
export { operatorsWithGradient } from './gradient/gradient-rules.ts'
export { type ParsedModel, readModel, writeModel } from './model-file.ts'
export { type OnnxModel, type OpenModelOptions, openModel } from './onnx-model.ts'
export type { NamedTensor, TensorData } from './session.ts'
