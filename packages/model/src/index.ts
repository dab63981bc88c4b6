/** ONNX graphs: read, differentiate, run and train, and what an adversary may ask of a model. */

export { type EnsembleKind, ensemble } from './access/ensemble.ts'
export { type EstimateOptions, withEstimatedGradient } from './access/estimated-gradient.ts'
export type { PreprocessingChoice } from './access/graft-preprocessing.ts'
export { openPrepared, type Prepared } from './access/prepared-access.ts'
export { isPlain, Preprocessing } from './access/preprocessing.ts'
export type {
  GradientAccess,
  LabelAccess,
  LossGradient,
  LossOptions,
  ScoreAccess,
  SignAscent,
  SignStep,
} from './access.ts'
export type { ArchitectureOptions } from './architecture.ts'
export { buildLenet } from './build-lenet.ts'
export { buildMlp, type MlpOptions } from './build-mlp.ts'
export { buildResnet20 } from './build-resnet20.ts'
export {
  type ClipOptions,
  type ClippedGradient,
  type ClippedGradientOptions,
  type ClippedGradientSum,
  clippedGradientSum,
  openClippedGradient,
  perExampleGradientNorms,
} from './clipped-gradient.ts'
export {
  describeModel,
  describeModelFile,
  type ModelSignature,
  type TensorInfo,
} from './describe-model.ts'
export { EndpointConfig } from './endpoint/endpoint-config.ts'
export {
  type EndpointModel,
  type EndpointOptions,
  type EndpointUsage,
  openEndpoint,
} from './endpoint/open-endpoint.ts'
export { engineErrorPages } from './error-pages.ts'
export { EngineError, type EngineErrorCode } from './errors.ts'
export {
  type ExecutionProvider,
  executionProviders,
  type ProviderState,
  providerStates,
} from './execution-provider.ts'
export type { GradientNote } from './gradient/gradient-note.ts'
export { operatorsWithGradient } from './gradient/gradient-rules.ts'
export type { LabelLossName, LossName, TargetedLossName } from './gradient/losses.ts'
export { endingOperators, flatOperators } from './gradient/without-rule.ts'
export { type GradientModel, type GradientModelOptions, gradientModel } from './gradient-model.ts'
export { type ParsedModel, readModel, writeModel } from './model-file.ts'
export { type OnnxModel, type OpenModelOptions, openModel } from './onnx-model.ts'
export type { AdamOptions, AdamWOptions, OptimizerOptions, SgdOptions } from './optimizer.ts'
export { parameterGradients } from './parameter-gradients.ts'
export {
  type ModelInProcessOptions,
  openModelInProcess,
  type ProcessModel,
} from './process/model-process.ts'
export type { NamedTensor, RuntimeOptions, TensorData } from './session.ts'
export { openTrainer, type StepResult, type Trainer, type TrainerOptions } from './trainer.ts'
