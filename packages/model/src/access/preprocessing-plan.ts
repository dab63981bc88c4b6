import { EngineError } from '../errors.ts'
import type { Preprocessing } from './preprocessing.ts'

/** Preprocessing with every shape known. Shapes are of one sample, without the leading count; -1 is free. */
export interface PreprocessingPlan {
  /** What the samples are. */
  readonly from: readonly number[]
  /** What the model takes. */
  readonly to: readonly number[]
  /** Heights and widths in channels-first order, where pictures are resized. */
  readonly resize: Resize | undefined
  readonly steps: Preprocessing
}

interface Resize {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
}

/**
 * Works back from what the model takes to what samples must be.
 * @throws EngineError PREPROCESSING_INVALID if a step does not fit the model
 */
export function planOf(steps: Preprocessing, to: readonly number[]): PreprocessingPlan {
  // From the model backwards: the last step of the way is undone first.
  const whole = steps.resize?.to === undefined ? to : closed(to, steps, steps.resize.to)
  let shape = steps.layout === 'nchw-to-nhwc' ? channelsFirst(whole, 'layout') : [...whole]
  checkCount('mean', steps.mean, shape)
  checkCount('std', steps.std, shape)
  let resize: Resize | undefined
  if (steps.resize !== undefined) {
    const [channels, height, width] = picture(shape, 'resize')
    if (height < 1 || width < 1) {
      throw invalid('the model leaves height and width open; say them with resize.to')
    }
    resize = { from: steps.resize.from, to: [height, width] }
    shape = [channels, ...steps.resize.from]
  }
  if (steps.channels !== undefined) {
    const [channels, ...rest] = picture(shape, 'channels')
    const [before, after] = counts[steps.channels]
    if (channels !== after) {
      throw invalid(`channels ${steps.channels} gives ${after} and the model takes ${channels}`)
    }
    shape = [before, ...rest]
  }
  if (steps.layout === 'nhwc-to-nchw') {
    const [channels, height, width] = picture(shape, 'layout')
    shape = [height, width, channels]
  }
  return { from: shape, to: whole, resize, steps }
}

const counts = {
  'grey-to-rgb': [1, 3],
  'rgb-to-grey': [3, 1],
  'rgb-to-bgr': [3, 3],
} as const

/** The model's shape with the height and width that it leaves open. */
function closed(
  to: readonly number[],
  { layout }: Preprocessing,
  [height, width]: readonly [number, number],
): number[] {
  const isLast = layout === 'nchw-to-nhwc'
  const [, own, own2] = picture(isLast ? channelsFirst(to, 'resize') : to, 'resize')
  if ((own > 0 && own !== height) || (own2 > 0 && own2 !== width)) {
    throw invalid(`resize.to is [${height}, ${width}] and the model takes [${own}, ${own2}]`)
  }
  return isLast ? [height, width, to[2]!] : [to[0]!, height, width]
}

function channelsFirst(shape: readonly number[], step: string): number[] {
  const [height, width, channels] = picture(shape, step)
  return [channels, height, width]
}

function picture(shape: readonly number[], step: string): readonly [number, number, number] {
  if (shape.length === 3) return [shape[0]!, shape[1]!, shape[2]!]
  throw invalid(`${step} is for pictures and the model takes [${shape.join(', ')}]`)
}

function checkCount(
  name: string,
  values: readonly number[] | undefined,
  [channels = 1]: readonly number[],
): void {
  if (values === undefined || values.length === 1 || values.length === channels) return
  throw invalid(`${name} has ${values.length} numbers and the model takes ${channels} channels`)
}

function invalid(what: string): EngineError {
  return new EngineError(
    'PREPROCESSING_INVALID',
    `the preprocessing does not fit: ${what}; mend it in merlon.yaml`,
  )
}
