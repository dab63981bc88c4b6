import { create } from '@bufbuild/protobuf'
import { EngineError, quoted } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ParsedModel } from '../model-file.ts'
import { StringStringEntryProtoSchema } from '../onnx_pb.ts'
import { Preprocessing } from './preprocessing.ts'

/** The key under which a file's metadata_props hold the section as JSON. */
export const preprocessingKey = 'merlon.preprocessing'

/** Keys of the ONNX standard (docs/MetadataProps.md), and what their values ask for where samples are RGB in [0, 1]. */
const standardKeys: Readonly<Record<string, Readonly<Record<string, Preprocessing>>>> = {
  'Image.BitmapPixelFormat': { Rgb8: {}, Bgr8: { channels: 'rgb-to-bgr' }, Gray8: {} },
  'Image.NominalPixelRange': {
    Normalized_0_1: {},
    // 2x - 1
    Normalized_1_1: { scale: 2, mean: [1] },
    NominalRange_0_255: { scale: 255 },
    // 219x + 16
    NominalRange_16_235: { scale: 219, mean: [-16] },
  },
}

/**
 * What a file's own metadata says about its preprocessing, or `undefined` if it says nothing.
 * @throws EngineError PREPROCESSING_INVALID for words that mean nothing: they are never taken for none
 */
export function metadataPreprocessing({ metadataProps }: ParsedModel): Preprocessing | undefined {
  const entries = new Map(metadataProps.map(({ key = '', value = '' }) => [key, value]))
  const own = entries.get(preprocessingKey)
  if (own !== undefined) return parse(own)
  let found: Preprocessing | undefined
  for (const [key, known] of Object.entries(standardKeys)) {
    const value = entries.get(key)
    if (value === undefined) continue
    if (!Object.hasOwn(known, value)) {
      const names = Object.keys(known).join(', ')
      throw invalid(`${key} is ${quoted(value)}, which is none of ${names}`)
    }
    found = { ...found, ...known[value] }
  }
  return found
}

/** The model with its preprocessing in its metadata, in place of what stood there. */
export function declarePreprocessing(model: ParsedModel, steps: Preprocessing): ParsedModel {
  const others = model.metadataProps.filter(({ key }) => key !== preprocessingKey)
  const value = JSON.stringify(steps)
  const own = create(StringStringEntryProtoSchema, { key: preprocessingKey, value })
  return { ...model, metadataProps: [...others, own] }
}

function parse(text: string): Preprocessing {
  if (text.length > limits.preprocessingCharsMax) {
    throw invalid(`${preprocessingKey} has more than ${limits.preprocessingCharsMax} characters`)
  }
  const parsed = Preprocessing.safeParse(json(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = [preprocessingKey, ...(issue?.path ?? [])].map(String).join('.')
  throw invalid(`${quoted(where)}: ${issue?.message ?? 'not understood'}`)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EngineError(
      'PREPROCESSING_INVALID',
      `the metadata of the model: ${preprocessingKey} is no JSON; declare it in merlon.yaml instead`,
      { cause },
    )
  }
}

function invalid(what: string): EngineError {
  return new EngineError(
    'PREPROCESSING_INVALID',
    `the metadata of the model: ${what}; declare preprocessing in merlon.yaml instead`,
  )
}
