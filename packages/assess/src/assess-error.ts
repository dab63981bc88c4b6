import { CodedError } from '@merlon/core'

export type AssessErrorCode =
  | 'ASSESS_OPTION_INVALID'
  | 'ASSESS_NO_SAMPLES'
  | 'MODEL_DATA_MISMATCH'
  | 'GATE_INVALID'
  | 'BASELINE_INVALID'
  | 'CHECKPOINT_INVALID'

/** What was asked for cannot be assessed. */
export class AssessError extends CodedError<AssessErrorCode> {}
