import { datatypeOf } from './datatype.ts'
import { GatewayError } from './gateway-error.ts'
import type { BackendSignature, InferReply, TypedTensor } from './ports.ts'

export interface ReplyNames {
  readonly model: string
  readonly version: string | undefined
  readonly id: string
}

/**
 * A model's answer as the protocol writes it: flat row-major lists. Numbers are the shortest text that gives the
 * same double, and a float32 is exactly a double, so nothing is lost.
 */
export function writeInferReply(
  names: ReplyNames,
  reply: InferReply,
  asked: readonly string[],
): string {
  const version =
    names.version === undefined ? '' : `"model_version":${JSON.stringify(names.version)},`
  const outputs = asked.map((name) => writeTensor(name, reply.outputs[name]!))
  return `{"model_name":${JSON.stringify(names.model)},${version}"id":${JSON.stringify(names.id)},"outputs":[${outputs.join(',')}]}`
}

/**
 * The outputs of a reply that were asked for, each whole.
 * @throws GatewayError BACKEND_FAILED if the backend gave something else
 */
export function outputsOf(
  reply: InferReply,
  signature: BackendSignature,
  asked: readonly string[] | undefined,
): readonly string[] {
  const names = asked ?? signature.outputs.map(({ name }) => name)
  for (const name of names) {
    const tensor = Object.hasOwn(reply.outputs, name) ? reply.outputs[name] : undefined
    if (tensor === undefined) throw backendFailed(`it gave no output "${name}"`)
    const size = tensor.shape.reduce((product, dimension) => product * dimension, 1)
    if (size !== tensor.data.length) throw backendFailed(`output "${name}" does not fill its shape`)
    if (datatypeOf(tensor.type) === undefined) {
      throw backendFailed(`output "${name}" is ${tensor.type}, which does not travel as JSON`)
    }
  }
  return names
}

/** A failing backend: the record says why, the client only that it failed. */
export function backendFailed(why: string, cause?: unknown): GatewayError {
  return new GatewayError('BACKEND_FAILED', `the model failed: ${why}`, {
    cause,
    shown: {
      code: 'BACKEND_FAILED',
      message: 'the model could not answer this request; the audit log of the server says why',
    },
  })
}

function writeTensor(name: string, { type, shape, data }: TypedTensor): string {
  const isBool = type === 'bool' && data instanceof Uint8Array
  const elements = isBool ? Array.from(data, (value) => value !== 0).join(',') : data.join(',')
  // `outputsOf` has proven the type.
  const datatype = datatypeOf(type)!.name
  return `{"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype}","data":[${elements}]}`
}
