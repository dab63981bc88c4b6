import { CodedError } from '@merlon/core'

export type AttackErrorCode =
  | 'ATTACK_UNKNOWN'
  | 'ATTACK_OPTION_INVALID'
  | 'ATTACK_INPUT_INVALID'
  | 'CONSTRAINTS_INVALID'

/** An attack was asked for something that it cannot do. */
export class AttackError extends CodedError<AttackErrorCode> {}
