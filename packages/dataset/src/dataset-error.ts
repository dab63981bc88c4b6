import { CodedError } from '@merlon/core'

export type DatasetErrorCode =
  | 'DATASET_NOT_FOUND'
  | 'DATASET_UNREADABLE'
  | 'DATASET_UNWRITABLE'
  | 'DATASET_EMPTY'
  | 'DATASET_AMBIGUOUS'
  | 'DATASET_SPLIT_MISSING'
  | 'DATASET_FORMAT_UNKNOWN'
  | 'DATASET_TYPE_REFUSED'
  | 'DATASET_TRUNCATED'
  | 'DATASET_CORRUPT'
  | 'DATASET_TOO_LARGE'
  | 'DATASET_LABELS_MISSING'
  | 'DATASET_COUNT_MISMATCH'
  | 'DATASET_ROW_UNEVEN'
  | 'DATASET_SHAPE_UNEVEN'
  | 'DATASET_NOT_NUMERIC'
  | 'DATASET_COLUMN_UNKNOWN'
  | 'DATASET_NOT_CLASSES'

/** The data set cannot be read as one. */
export class DatasetError extends CodedError<DatasetErrorCode> {}
