import type { TensorData } from './ports.ts'

/** One number type of the Open Inference Protocol. */
export interface Datatype {
  /** The protocol's word, such as `FP32`. */
  readonly name: string
  /** ONNX's word, such as `float32`. */
  readonly type: string
  /** What an element has to be, to end a sentence. */
  readonly element: string
  readonly allocate: (length: number) => TensorData
  /** Writes one element; `false` if the value is none of this type. */
  readonly write: (data: TensorData, index: number, value: unknown) => boolean
}

/** The number types that travel as JSON. */
export const datatypes: readonly Datatype[] = [
  // Whether a number is finite is the business of the filter `finite-inputs`.
  float('FP32', 'float32', (length) => new Float32Array(length)),
  float('FP64', 'float64', (length) => new Float64Array(length)),
  integer('INT8', 'int8', -(2 ** 7), 2 ** 7 - 1, (length) => new Int8Array(length)),
  integer('INT16', 'int16', -(2 ** 15), 2 ** 15 - 1, (length) => new Int16Array(length)),
  integer('INT32', 'int32', -(2 ** 31), 2 ** 31 - 1, (length) => new Int32Array(length)),
  integer('UINT8', 'uint8', 0, 2 ** 8 - 1, (length) => new Uint8Array(length)),
  integer('UINT16', 'uint16', 0, 2 ** 16 - 1, (length) => new Uint16Array(length)),
  integer('UINT32', 'uint32', 0, 2 ** 32 - 1, (length) => new Uint32Array(length)),
  // Beyond 2^53 a JSON number is rounded on its way in; a wrong integer is refused, not guessed.
  wide('INT64', 'int64', Number.MIN_SAFE_INTEGER, (length) => new BigInt64Array(length)),
  wide('UINT64', 'uint64', 0, (length) => new BigUint64Array(length)),
  {
    name: 'BOOL',
    type: 'bool',
    element: 'true or false',
    allocate: (length) => new Uint8Array(length),
    write: (data, index, value) => {
      if (typeof value !== 'boolean') return false
      data[index] = value ? 1 : 0
      return true
    },
  },
]

const byName = new Map(datatypes.map((datatype) => [datatype.name, datatype]))
const byType = new Map(datatypes.map((datatype) => [datatype.type, datatype]))

/** The type of the protocol's word, if it travels as JSON numbers. */
export function datatypeNamed(name: string): Datatype | undefined {
  return byName.get(name)
}

/** The type of ONNX's word, if it travels as JSON numbers. */
export function datatypeOf(type: string): Datatype | undefined {
  return byType.get(type)
}

function float(name: string, type: string, allocate: Datatype['allocate']): Datatype {
  return {
    name,
    type,
    element: 'a finite number',
    allocate,
    write: (data, index, value) => {
      if (typeof value !== 'number') return false
      data[index] = value
      return true
    },
  }
}

function integer(
  name: string,
  type: string,
  min: number,
  max: number,
  allocate: Datatype['allocate'],
): Datatype {
  return {
    name,
    type,
    element: `an integer from ${min} to ${max}`,
    allocate,
    write: (data, index, value) => {
      if (!Number.isInteger(value)) return false
      // The line above proves a number, which the compiler does not see.
      const number = value as number
      if (number < min || number > max) return false
      data[index] = number
      return true
    },
  }
}

function wide(name: string, type: string, min: number, allocate: Datatype['allocate']): Datatype {
  return {
    name,
    type,
    element: `an integer from ${min} to ${Number.MAX_SAFE_INTEGER}, the largest that JSON keeps exact`,
    allocate,
    write: (data, index, value) => {
      if (!Number.isSafeInteger(value)) return false
      // As above.
      const number = value as number
      if (number < min) return false
      data[index] = BigInt(number)
      return true
    },
  }
}
