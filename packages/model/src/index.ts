/** ONNX graphs: read, differentiate, run and train, and what an adversary may ask of a model. */
export type { GradientAccess, LabelAccess, LossGradient, ScoreAccess } from './access.ts'
