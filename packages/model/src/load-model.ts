import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { EngineError, fileReason, quoted } from './errors.ts'
import { externalTensors, takeInExternalData } from './external-data.ts'
import { limits } from './limits.ts'
import { type ParsedModel, readModel } from './model-file.ts'

/** A model as its file says it, with all its numbers. */
export interface LoadedModel {
  readonly name: string
  readonly bytes: Uint8Array
  readonly model: ParsedModel
  /** True if numbers came from files beside the model, so that `bytes` are not all of it. */
  readonly hasSideFiles: boolean
}

/**
 * Reads a model from its path, with the files beside it that hold its weights, or from its bytes.
 * @throws EngineError MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_TOO_LARGE, EXTERNAL_DATA_REFUSED
 */
export async function loadModel(source: string | Uint8Array, name?: string): Promise<LoadedModel> {
  if (typeof source !== 'string') {
    const given = name ?? 'the model'
    return { name: given, bytes: source, model: readModel(source, given), hasSideFiles: false }
  }
  const bytes = await readModelFile(source)
  const given = name ?? basename(source)
  const model = readModel(bytes, given)
  const hasSideFiles = externalTensors(model).length > 0
  if (hasSideFiles) await takeInExternalData(model, dirname(source))
  return { name: given, bytes, model, hasSideFiles }
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > limits.modelBytesMax) {
      throw new EngineError(
        'MODEL_TOO_LARGE',
        `${quoted(path)} has ${size} bytes, more than ${limits.modelBytesMax}`,
      )
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError(
      'MODEL_NOT_FOUND',
      `${quoted(path)} cannot be read: ${fileReason(cause)}; check the path of the model`,
      { cause },
    )
  }
}
