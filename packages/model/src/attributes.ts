import { create } from '@bufbuild/protobuf'
import { EngineError, quoted } from './errors.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
} from './onnx_pb.ts'

/** An attribute that is written as FLOAT although its value may be whole. */
export interface FloatAttribute {
  readonly float: number
}

/** A list that is written as FLOATS. */
export interface FloatsAttribute {
  readonly floats: readonly number[]
}

/** Whole numbers become INT, lists of them INTS, text STRING. */
export type AttributeValue = number | readonly number[] | string | FloatAttribute | FloatsAttribute

/** Marks a number as FLOAT: in single precision, as the file will hold it. */
export function float(value: number): FloatAttribute {
  return { float: Math.fround(value) }
}

/** The attributes of a new node. */
export function makeAttributes(
  values: Readonly<Record<string, AttributeValue | undefined>>,
): AttributeProto[] {
  const attributes: AttributeProto[] = []
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) attributes.push(makeAttribute(name, value))
  }
  return attributes
}

function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  const types = AttributeProto_AttributeType
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: types.INT, i: BigInt(value) })
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: types.STRING,
      s: new TextEncoder().encode(value),
    })
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: types.FLOAT, f: value.float })
  }
  if ('floats' in value) {
    return create(AttributeProtoSchema, { name, type: types.FLOATS, floats: [...value.floats] })
  }
  return create(AttributeProtoSchema, { name, type: types.INTS, ints: value.map(BigInt) })
}

/** What carries attributes: a node. */
export interface Attributed {
  readonly op: string
  readonly name: string
  readonly attributes: readonly AttributeProto[]
}

/** The attribute of that name, if the node states it. */
export function attribute(node: Attributed, name: string): AttributeProto | undefined {
  return node.attributes.find((each) => each.name === name)
}

/** A whole number. @throws EngineError MODEL_UNREADABLE if it is stated and not a safe whole number */
export function intAttribute(node: Attributed, name: string, otherwise: number): number {
  const found = attribute(node, name)
  return found === undefined ? otherwise : safeInt(node, name, found.i)
}

/** A list of whole numbers, if stated. @throws EngineError MODEL_UNREADABLE */
export function intsAttribute(node: Attributed, name: string): number[] | undefined {
  return attribute(node, name)?.ints.map((value) => safeInt(node, name, value))
}

/** A number. */
export function floatAttribute(node: Attributed, name: string, otherwise: number): number {
  return attribute(node, name)?.f ?? otherwise
}

/** A text. */
export function stringAttribute(node: Attributed, name: string, otherwise: string): string {
  const found = attribute(node, name)?.s
  return found === undefined ? otherwise : new TextDecoder().decode(found)
}

function safeInt(node: Attributed, name: string, value: bigint | undefined): number {
  const number = Number(value ?? Number.NaN)
  if (!Number.isSafeInteger(number)) {
    throw new EngineError(
      'MODEL_UNREADABLE',
      `attribute ${quoted(name)} of ${node.op} (node ${quoted(node.name)}) is not a usable whole number`,
    )
  }
  return number
}
