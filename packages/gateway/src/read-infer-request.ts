import { datatypeNamed, datatypeOf } from './datatype.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayLimits } from './limits.ts'
import type { BackendSignature, InferRequest, TensorInfo, TypedTensor } from './ports.ts'
import { quote } from './quote.ts'
import { readTensor } from './read-tensor.ts'

export interface ReadRequest {
  /** The caller's own name for the request, echoed. */
  readonly id: string | undefined
  readonly request: InferRequest
}

type Members = Readonly<Record<string, unknown>>

/**
 * A parsed body as a request that fits the model: every input of the signature once, of its type and shape.
 * `parameters` are read over, as the protocol allows; no other member is looked at.
 * @throws GatewayError REQUEST_INVALID, DATATYPE_MISMATCH, SHAPE_MISMATCH, TENSOR_TOO_LARGE, ELEMENT_INVALID
 */
export function readInferRequest(
  value: unknown,
  signature: BackendSignature,
  limits: GatewayLimits,
): ReadRequest {
  const body = membersOf(value)
  if (body === undefined) throw invalid('the body has to be a JSON object with "inputs"')
  const list = member(body, 'inputs')
  if (!Array.isArray(list) || list.length === 0) {
    throw invalid('"inputs" has to be a list with an entry per input of the model')
  }
  if (list.length > limits.tensorsMax) {
    throw invalid(`"inputs" has ${list.length} entries; at most ${limits.tensorsMax} are read`)
  }
  // Without a prototype, so that a model's input may have any name.
  const inputs: Record<string, TypedTensor> = Object.create(null)
  for (const [place, entry] of list.entries()) {
    const [name, tensor] = readInput(entry, place, signature, limits)
    if (name in inputs) throw invalid(`input ${quote(name)} stands twice in "inputs"`)
    inputs[name] = tensor
  }
  const missing = signature.inputs.find(({ name }) => !(name in inputs))
  if (missing !== undefined) throw invalid(`input ${quote(missing.name)} of the model is missing`)
  return {
    id: readId(member(body, 'id'), limits),
    request: { inputs, outputs: readOutputs(member(body, 'outputs'), signature) },
  }
}

function readInput(
  value: unknown,
  place: number,
  signature: BackendSignature,
  limits: GatewayLimits,
): readonly [string, TypedTensor] {
  const entry = membersOf(value)
  const name = entry === undefined ? undefined : member(entry, 'name')
  if (entry === undefined || typeof name !== 'string') {
    throw invalid(`entry ${place} of "inputs" has to be an object with a text "name"`)
  }
  const info = signature.inputs.find((input) => input.name === name)
  if (info === undefined) {
    throw invalid(`the model has no input ${quote(name)}; it takes ${names(signature.inputs)}`)
  }
  const given = member(entry, 'datatype')
  const datatype = typeof given === 'string' ? datatypeNamed(given) : undefined
  if (datatype === undefined || datatype.type !== info.type) {
    const shown = typeof given === 'string' ? quote(given) : 'missing'
    const due = datatypeOf(info.type)?.name ?? `${info.type}, which does not travel as JSON`
    throw new GatewayError(
      'DATATYPE_MISMATCH',
      `the datatype of input ${quote(name)} is ${shown}; the model takes ${due}`,
    )
  }
  const shape = readShape(member(entry, 'shape'), info, limits)
  return [name, readTensor({ name, datatype, shape }, member(entry, 'data'))]
}

function readShape(value: unknown, info: TensorInfo, limits: GatewayLimits): readonly number[] {
  const due = `[${info.shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`
  const isShape =
    Array.isArray(value) &&
    value.length <= limits.rankMax &&
    value.every((size) => Number.isSafeInteger(size) && size > 0)
  if (!isShape) {
    throw new GatewayError(
      'SHAPE_MISMATCH',
      `input ${quote(info.name)} needs a "shape" of positive integers; the model takes ${due}`,
    )
  }
  // `every` above has proven the elements.
  const shape = value as readonly number[]
  const fits =
    shape.length === info.shape.length &&
    shape.every((size, axis) => info.shape[axis]! < 0 || info.shape[axis] === size)
  if (!fits) {
    throw new GatewayError(
      'SHAPE_MISMATCH',
      `input ${quote(info.name)} has the shape [${shape.join(', ')}]; the model takes ${due}`,
    )
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  if (size > limits.elementsMax) {
    throw new GatewayError(
      'TENSOR_TOO_LARGE',
      `input ${quote(info.name)} has ${size} elements; at most ${limits.elementsMax} are read`,
    )
  }
  return shape
}

function readId(value: unknown, { requestIdCharsMax }: GatewayLimits): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= requestIdCharsMax) return value
  throw invalid(`"id" has to be a text of at most ${requestIdCharsMax} characters`)
}

function readOutputs(value: unknown, signature: BackendSignature): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw invalid('"outputs" has to be a list')
  if (value.length === 0) return undefined
  if (value.length > signature.outputs.length) {
    throw invalid(`"outputs" has more entries than the model has outputs`)
  }
  const asked = value.map((item: unknown, place) => {
    const entry = membersOf(item)
    const name = entry === undefined ? undefined : member(entry, 'name')
    if (typeof name !== 'string') {
      throw invalid(`entry ${place} of "outputs" has to be an object with a text "name"`)
    }
    if (!signature.outputs.some((output) => output.name === name)) {
      throw invalid(`the model has no output ${quote(name)}; it gives ${names(signature.outputs)}`)
    }
    return name
  })
  if (new Set(asked).size < asked.length) throw invalid('an output stands twice in "outputs"')
  return asked
}

/** Own members only: `__proto__` in a body is a member like any other, and never a prototype. */
function member(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined
}

function membersOf(value: unknown): Members | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  // The line above proves it.
  return isObject ? (value as Members) : undefined
}

function names(infos: readonly TensorInfo[]): string {
  return infos.map(({ name }) => quote(name)).join(', ')
}

function invalid(message: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', message)
}
