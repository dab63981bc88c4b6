import { CodedError } from '@merlon/core'

export type TrainingErrorCode =
  | 'TRAINING_OPTION_INVALID'
  | 'TRAINING_NO_SAMPLES'
  | 'TRAINING_DATA_MISMATCH'
  | 'ARCHITECTURE_UNKNOWN'
  | 'CHECKPOINT_UNWRITABLE'

/** What was asked for cannot be trained, or what was trained cannot be kept. */
export class TrainingError extends CodedError<TrainingErrorCode> {}
