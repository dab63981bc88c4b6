import { CodedError } from '@merlon/core'

export type EngineErrorCode =
  | 'MODEL_NOT_FOUND'
  | 'MODEL_UNREADABLE'
  | 'MODEL_TOO_LARGE'
  | 'MODEL_REFUSED'
  | 'MODEL_CLOSED'
  | 'MODEL_PROCESS_ENDED'
  | 'EXTERNAL_DATA_UNSUPPORTED'
  | 'EXTERNAL_DATA_REFUSED'
  | 'UNSUPPORTED_SIGNATURE'
  | 'PREPROCESSING_INVALID'
  | 'OPSET_UNSUPPORTED'
  | 'NO_GRADIENT_RULE'
  | 'NO_GRADIENT_PATH'
  | 'SAMPLES_MIXED'
  | 'INPUT_MISMATCH'
  | 'SHAPE_MISMATCH'
  | 'LABEL_OUT_OF_RANGE'
  | 'BATCH_TOO_LARGE'
  | 'RUN_FAILED'
  | 'PROVIDER_UNAVAILABLE'
  | 'ENDPOINT_INVALID'
  | 'ENDPOINT_REFUSED'
  | 'ENDPOINT_BUSY'
  | 'ENDPOINT_UNREACHABLE'
  | 'ENDPOINT_ANSWER_INVALID'
  | 'JOURNAL_UNUSABLE'
  | 'NOTHING_TO_TRAIN'
  | 'TRAINING_DIVERGED'
  | 'ARCHITECTURE_INVALID'

/** Something in the model or its inputs stops the engine. Bugs are assertions, not this. */
export class EngineError extends CodedError<EngineErrorCode> {}

/** Names that come from a file are hostile: shortened, and without control characters. */
export function quoted(name: string): string {
  const plain = name.replace(/\p{C}/gu, '?')
  return `'${plain.length > 80 ? `${plain.slice(0, 77)}...` : plain}'`
}

/** Why the operating system refused a file, in words. */
export function fileReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return fileReasons[code] ?? causeText(cause)
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'its permissions forbid it',
}

/** The message of an unknown cause as one short line. */
export function causeText(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  const line = text.replace(/\p{C}+/gu, ' ').trim()
  return line.length > 240 ? `${line.slice(0, 237)}...` : line
}
