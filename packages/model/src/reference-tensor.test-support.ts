/** A tensor of the reference interpreter: every number a double, whatever type the graph means. */
export interface Reference {
  readonly type: 'float32' | 'int64' | 'bool'
  readonly shape: readonly number[]
  readonly data: Float64Array
}

export function reference(
  shape: readonly number[],
  data: ArrayLike<number>,
  type: Reference['type'] = 'float32',
): Reference {
  const size = count(shape)
  if (size !== data.length) throw new Error(`${data.length} numbers do not fill [${shape}]`)
  return { type, shape, data: Float64Array.from(data) }
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  }
  return strides
}

/** Calls back with every index of a shape, last axis fastest. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[]) => void,
): void {
  const total = count(shape)
  const index = shape.map(() => 0)
  for (let at = 0; at < total; at++) {
    visit(index)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
}

export function offset(index: readonly number[], strides: readonly number[]): number {
  let sum = 0
  for (let axis = 0; axis < index.length; axis++) sum += index[axis]! * strides[axis]!
  return sum
}

/** A tensor made number by number from its index. */
export function build(
  shape: readonly number[],
  value: (index: readonly number[]) => number,
  type: Reference['type'] = 'float32',
): Reference {
  const data = new Float64Array(count(shape))
  let at = 0
  eachIndex(shape, (index) => {
    data[at++] = value(index)
  })
  return { type, shape, data }
}

export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    const size = sizes.find((each) => each !== 1) ?? 1
    if (sizes.some((each) => each !== 1 && each !== size))
      throw new Error(`cannot broadcast ${sizes}`)
    return size
  })
}

/** The number of a tensor at an index of the shape that it is broadcast to. */
export function at({ shape, data }: Reference, index: readonly number[]): number {
  let place = 0
  const lead = index.length - shape.length
  for (let axis = 0; axis < shape.length; axis++) {
    place = place * shape[axis]! + (shape[axis] === 1 ? 0 : index[axis + lead]!)
  }
  return data[place]!
}

/** A function of each number, with all operands broadcast. */
export function pointwise(
  f: (...numbers: number[]) => number,
  operands: readonly Reference[],
  type: Reference['type'] = operands[0]?.type ?? 'float32',
): Reference {
  const shape = broadcast(...operands.map((operand) => operand.shape))
  return build(shape, (index) => f(...operands.map((operand) => at(operand, index))), type)
}

export function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}
