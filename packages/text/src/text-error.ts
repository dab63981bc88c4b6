import { CodedError } from '@merlon/core'

export type TextErrorCode = 'TEXT_TOO_LONG'

/** The text cannot be read as asked. */
export class TextError extends CodedError<TextErrorCode> {}
