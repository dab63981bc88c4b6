import type { Datatype } from './datatype.ts'
import { GatewayError } from './gateway-error.ts'
import type { TensorData, TypedTensor } from './ports.ts'
import { quote } from './quote.ts'

/** What the sentences of a refusal need to name. */
interface Declared {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/**
 * The elements of one input: a flat list in row-major order, or lists nested as the shape says.
 * @throws GatewayError ELEMENT_INVALID, SHAPE_MISMATCH
 */
export function readTensor(declared: Declared, data: unknown): TypedTensor {
  const { name, datatype, shape } = declared
  if (!Array.isArray(data)) {
    throw new GatewayError('REQUEST_INVALID', `input ${quote(name)} has no list "data"`)
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  const isNested = shape.length > 1 && Array.isArray(data[0])
  if (!isNested) {
    refuseLength(declared, data.length, size, '')
    const values = datatype.allocate(size)
    writeRow(declared, values, data, 0)
    return { type: datatype.type, shape, data: values }
  }
  refuseNested(declared, data, 0)
  const values = datatype.allocate(size)
  writeNested(declared, values, data, 0, 0)
  return { type: datatype.type, shape, data: values }
}

/** Lengths first, so that nothing is allocated for lists that do not fill the shape. */
function refuseNested(declared: Declared, list: readonly unknown[], axis: number): void {
  const { name, shape } = declared
  refuseLength(declared, list.length, shape[axis]!, ` along axis ${axis}`)
  if (axis === shape.length - 1) return
  for (const item of list) {
    if (!Array.isArray(item)) {
      throw new GatewayError(
        'SHAPE_MISMATCH',
        `input ${quote(name)} is nested unevenly: ${described(item)} stands where a list of ${shape[axis + 1]} is due`,
      )
    }
    refuseNested(declared, item, axis + 1)
  }
}

function writeNested(
  declared: Declared,
  values: TensorData,
  list: readonly unknown[],
  axis: number,
  start: number,
): number {
  if (axis === declared.shape.length - 1) return writeRow(declared, values, list, start)
  let next = start
  // `refuseNested` has proven each item a list.
  for (const item of list) {
    next = writeNested(declared, values, item as readonly unknown[], axis + 1, next)
  }
  return next
}

function writeRow(
  { name, datatype }: Declared,
  values: TensorData,
  row: readonly unknown[],
  start: number,
): number {
  const { write } = datatype
  for (let i = 0; i < row.length; i++) {
    if (write(values, start + i, row[i])) continue
    throw elementInvalid(name, datatype, described(row[i]), start + i)
  }
  return start + row.length
}

/** An element that no tensor of its type may hold. */
export function elementInvalid(
  name: string,
  datatype: Datatype,
  shown: string,
  index: number,
): GatewayError {
  return new GatewayError(
    'ELEMENT_INVALID',
    `input ${quote(name)} holds ${shown} at index ${index}; every element of ${datatype.name} has to be ${datatype.element}`,
  )
}

function refuseLength({ name, shape }: Declared, length: number, due: number, where: string): void {
  if (length === due) return
  throw new GatewayError(
    'SHAPE_MISMATCH',
    `input ${quote(name)} holds ${length} elements${where}; its shape [${shape.join(', ')}] asks for ${due}`,
  )
}

const bareToken = /^-?(NaN|Infinity)$/

function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return bareToken.test(value) ? value : quote(value)
  return String(value)
}
