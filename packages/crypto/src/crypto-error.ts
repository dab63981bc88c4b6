import { CodedError } from '@merlon/core'

export type CryptoErrorCode =
  | 'KEY_FILE_UNREADABLE'
  | 'KEY_FILE_EXPOSED'
  | 'KEY_FILE_EXISTS'
  | 'KEY_INVALID'
  | 'NOTE_INVALID'
  | 'NOTE_UNSIGNABLE'
  | 'PROOF_IMPOSSIBLE'

/** A key, a note or a proof cannot be used. */
export class CryptoError extends CodedError<CryptoErrorCode> {}
