/** One row per ONNX element type: its code in files, its bytes per number, and whether it is a float. */
const table = {
  float32: { code: 1, bytes: 4, isFloat: true },
  uint8: { code: 2, bytes: 1, isFloat: false },
  int8: { code: 3, bytes: 1, isFloat: false },
  uint16: { code: 4, bytes: 2, isFloat: false },
  int16: { code: 5, bytes: 2, isFloat: false },
  int32: { code: 6, bytes: 4, isFloat: false },
  int64: { code: 7, bytes: 8, isFloat: false },
  string: { code: 8, bytes: 0, isFloat: false },
  bool: { code: 9, bytes: 1, isFloat: false },
  float16: { code: 10, bytes: 2, isFloat: true },
  float64: { code: 11, bytes: 8, isFloat: true },
  uint32: { code: 12, bytes: 4, isFloat: false },
  uint64: { code: 13, bytes: 8, isFloat: false },
  complex64: { code: 14, bytes: 8, isFloat: false },
  complex128: { code: 15, bytes: 16, isFloat: false },
  bfloat16: { code: 16, bytes: 2, isFloat: true },
  float8e4m3fn: { code: 17, bytes: 1, isFloat: false },
  float8e4m3fnuz: { code: 18, bytes: 1, isFloat: false },
  float8e5m2: { code: 19, bytes: 1, isFloat: false },
  float8e5m2fnuz: { code: 20, bytes: 1, isFloat: false },
  uint4: { code: 21, bytes: 0.5, isFloat: false },
  int4: { code: 22, bytes: 0.5, isFloat: false },
  float4e2m1: { code: 23, bytes: 0.5, isFloat: false },
  float8e8m0: { code: 24, bytes: 1, isFloat: false },
  uint2: { code: 25, bytes: 0.25, isFloat: false },
  int2: { code: 26, bytes: 0.25, isFloat: false },
} as const

export type ElementType = keyof typeof table

interface ElementFacts {
  readonly code: number
  readonly bytes: number
  readonly isFloat: boolean
}

/** The element types of ONNX by their names here. */
export const elementTypes: Readonly<Record<ElementType, ElementFacts>> = table

const byCode = new Map<number, ElementType>(
  // The keys of the table are exactly the names.
  (Object.keys(table) as ElementType[]).map((name) => [table[name].code, name]),
)

/** The name of a data type code of a file, or `undefined` for a code that this version does not know. */
export function elementTypeOf(code: number | undefined): ElementType | undefined {
  return code === undefined ? undefined : byCode.get(code)
}
