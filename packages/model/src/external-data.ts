import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, sep, win32 } from 'node:path'
import { causeText, EngineError, quoted } from './errors.ts'
import { limits } from './limits.ts'
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  TensorProto_DataLocation,
} from './onnx_pb.ts'

/** True if a tensor keeps its numbers in a file beside the model. */
export function isExternal({ dataLocation, externalData }: TensorProto): boolean {
  return dataLocation === TensorProto_DataLocation.EXTERNAL || externalData.length > 0
}

/** Every tensor of a model that keeps its numbers elsewhere, in graphs within graphs too. */
export function externalTensors({ graph, functions }: ModelProto): TensorProto[] {
  const found: TensorProto[] = []
  const inAttribute = ({ t, tensors, g, graphs, sparseTensor, sparseTensors }: AttributeProto) => {
    found.push(...tensors, ...(t === undefined ? [] : [t]))
    for (const each of [...sparseTensors, ...(sparseTensor ? [sparseTensor] : [])]) {
      found.push(...[each.values, each.indices].filter((part) => part !== undefined))
    }
    for (const each of [...graphs, ...(g === undefined ? [] : [g])]) inGraph(each)
  }
  const inGraph = ({ initializer, sparseInitializer, node }: GraphProto) => {
    found.push(...initializer)
    for (const { values, indices } of sparseInitializer) {
      found.push(...[values, indices].filter((part) => part !== undefined))
    }
    for (const { attribute } of node) attribute.forEach(inAttribute)
  }
  if (graph !== undefined) inGraph(graph)
  for (const { node, attributeProto } of functions) {
    attributeProto.forEach(inAttribute)
    for (const { attribute } of node) attribute.forEach(inAttribute)
  }
  return found.filter(isExternal)
}

/**
 * Reads the numbers that a model keeps in files of its own folder into the message, each tensor by itself, so that
 * the files may be of any size. A file that names another place is refused before anything is opened there.
 * @throws EngineError EXTERNAL_DATA_REFUSED for a place outside the folder, MODEL_NOT_FOUND, MODEL_UNREADABLE,
 * MODEL_TOO_LARGE
 */
export async function takeInExternalData(model: ModelProto, folder: string): Promise<void> {
  const tensors = externalTensors(model)
  const files = new Map<string, SideFile>()
  let total = 0
  try {
    for (const tensor of tensors) {
      const { location, offset, length } = placeOf(tensor)
      const file = files.get(location) ?? (await openInside(folder, location))
      files.set(location, file)
      const size = length ?? file.size - offset
      if (size < 0 || offset + size > file.size) {
        throw unreadable(tensor, `lies beyond the end of ${quoted(location)}`)
      }
      total += size
      if (total > limits.externalBytesMax || size > limits.externalTensorBytesMax) {
        throw new EngineError(
          'MODEL_TOO_LARGE',
          `the files beside the model hold more than ${limits.externalBytesMax} bytes, or one tensor of more than ${limits.externalTensorBytesMax}`,
        )
      }
      tensor.rawData = await readRange(file.handle, offset, size)
      tensor.externalData = []
      tensor.dataLocation = TensorProto_DataLocation.DEFAULT
    }
  } finally {
    await Promise.all([...files.values()].map(({ handle }) => handle.close()))
  }
}

interface SideFile {
  readonly handle: FileHandle
  readonly size: number
}

/** Where a tensor says that its numbers are. */
function placeOf(tensor: TensorProto) {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value ?? '']))
  const number = (key: string) => {
    const text = entries.get(key)
    if (text === undefined) return undefined
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!Number.isSafeInteger(value)) throw unreadable(tensor, `has an impossible ${key}`)
    return value
  }
  const location = entries.get('location') ?? ''
  return { location, offset: number('offset') ?? 0, length: number('length') }
}

async function openInside(folder: string, location: string): Promise<SideFile> {
  const isRelative = !isAbsolute(location) && !win32.isAbsolute(location)
  const parts = location.split(/[\\/]/)
  if (location === '' || location.includes('\0') || !isRelative || parts.includes('..')) {
    throw refused(location, 'names a place outside the folder of the model')
  }
  try {
    const [home, path] = await Promise.all([realpath(folder), realpath(join(folder, location))])
    if (!path.startsWith(home.endsWith(sep) ? home : `${home}${sep}`)) {
      throw refused(location, 'is a link that leads out of the folder of the model')
    }
    const facts = await stat(path)
    if (!facts.isFile()) throw refused(location, 'is not a plain file')
    return { handle: await open(path, constants.O_RDONLY | constants.O_NOFOLLOW), size: facts.size }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError(
      'MODEL_NOT_FOUND',
      `the model keeps its weights in ${quoted(location)}, which cannot be read: ${causeText(cause)}; put that file beside the model`,
      { cause },
    )
  }
}

async function readRange(handle: FileHandle, offset: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  // One read of the system gives at most 2 GiB.
  const most = 2 ** 30
  let at = 0
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(most, size - at), offset + at)
    if (bytesRead === 0) {
      throw new EngineError(
        'MODEL_UNREADABLE',
        'a file beside the model became shorter while it was read; wait until it is written',
      )
    }
    at += bytesRead
  }
  return bytes
}

function refused(location: string, why: string): EngineError {
  return new EngineError(
    'EXTERNAL_DATA_REFUSED',
    `the model keeps weights in ${quoted(location)}, which ${why}; such a file is an attack or damaged: do not use it`,
  )
}

function unreadable({ name }: TensorProto, what: string): EngineError {
  return new EngineError(
    'MODEL_UNREADABLE',
    `tensor ${quoted(name ?? '')} ${what}; the files beside the model are damaged or of another version`,
  )
}
