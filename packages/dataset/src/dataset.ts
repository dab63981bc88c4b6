import type { ReportInput } from '@merlon/core'
import type { Samples } from './draw-digits.ts'

export type Split = 'test' | 'train'

export interface DatasetOptions {
  /** Which part of a folder; default: test where there is one, else train. */
  readonly split?: Split
  /**
   * The label column of a table: its heading, or its number from 1; default: the last. For arrays: the NPY file of the
   * labels, or their name in an NPZ file. For pictures and recordings whose folder does not say their class: the
   * pattern of their names, such as `{label}_*`.
   */
  readonly labels?: string
  /** Pictures are brought to this height and width; unless given they must have one size. */
  readonly size?: readonly [height: number, width: number]
  /** Recordings are brought to so many samples; unless given, to as many as the longest has. */
  readonly length?: number
  /** Whether the first row of a table is its headings; default: told from the first two rows. */
  readonly header?: boolean
}

/** Labelled samples that are turned into tensors as they are asked for. */
export interface Dataset {
  /** What was opened, and which split of it and why. */
  readonly name: string
  readonly kind: 'idx' | 'csv' | 'parquet' | 'array' | 'pictures' | 'sounds'
  readonly count: number
  /** Without the leading count. */
  readonly sampleShape: readonly number[]
  readonly classes: number
  /** One per class: what the source calls it. */
  readonly labelNames: readonly string[]
  /** Headings of the features; empty where there are none. */
  readonly featureNames: readonly string[]
  /**
   * Bounds of every value: [0, 1] for pictures, [-1, 1] for recordings; `null` for tables, whose features have none, and for
   * arrays that leave [0, 1].
   */
  readonly range: readonly [low: number, high: number] | null
  /** The files, as stored: compressed files have the digest of the compressed bytes. */
  readonly inputs: readonly ReportInput[]
  /** Samples start .. start + count - 1. Asking for more than there are is a bug. */
  read(start: number, count: number): Samples
}
