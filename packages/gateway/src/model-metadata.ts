import { datatypeOf } from './datatype.ts'
import type { Backend, TensorInfo } from './ports.ts'

/** A model as the protocol describes it. */
export function modelMetadata(name: string, { signature, platform, version }: Backend): unknown {
  return {
    name,
    ...(version === undefined ? {} : { versions: [version] }),
    platform: platform ?? '',
    inputs: signature.inputs.map(tensorMetadata),
    outputs: signature.outputs.map(tensorMetadata),
  }
}

/** A type that does not travel as JSON keeps ONNX's word: better than a wrong one. */
function tensorMetadata({ name, type, shape }: TensorInfo): unknown {
  return { name, datatype: datatypeOf(type)?.name ?? type, shape }
}
