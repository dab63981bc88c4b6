import { create } from '@bufbuild/protobuf'
import { type AttributeValue, makeAttributes } from '../attributes.ts'
import { type Constant, floatConstant, tensorProto } from '../constant.ts'
import { axisWeights } from '../gradient/rules/resize-weights.ts'
import type { GraphNode } from '../graph.ts'
import { AttributeProto_AttributeType, AttributeProtoSchema } from '../onnx_pb.ts'
import type { PreprocessingPlan } from './preprocessing-plan.ts'

/** How much each colour adds to grey (ITU-R BT.601), as picture libraries have it. */
const luma = Float32Array.of(0.299, 0.587, 0.114)

/**
 * The steps of a plan as nodes from the value `input` to the value `output`, whose names begin with `prefix` in between.
 * Only operators that mean the same since opset 7, each of them linear, so that their gradient is exact. Numbers stand
 * in Constant nodes, not in initialisers: they are not learnt.
 */
export function preprocessingNodes(
  { resize, steps, to }: PreprocessingPlan,
  {
    input,
    output,
    prefix,
  }: { readonly input: string; readonly output: string; readonly prefix: string },
): readonly GraphNode[] {
  const nodes: GraphNode[] = []
  let value = input
  const add = (op: string, inputs: readonly string[], attributes: Attributes = {}) => {
    value = `${prefix}${nodes.length}`
    nodes.push(node(op, inputs, value, makeAttributes(attributes)))
  }
  const constant = (tensor: Constant) => {
    const name = `${prefix}${nodes.length}`
    const t = tensorProto('', tensor)
    const type = AttributeProto_AttributeType.TENSOR
    nodes.push(
      node('Constant', [], name, [create(AttributeProtoSchema, { name: 'value', type, t })]),
    )
    return name
  }
  const perChannel = (values: readonly number[]) =>
    constant(floatConstant(Float32Array.from(values), [1, values.length, ...to.slice(1).fill(1)]))
  if (steps.layout === 'nhwc-to-nchw') add('Transpose', [value], { perm: [0, 3, 1, 2] })
  if (steps.channels !== undefined) add('Conv', [value, constant(mixing[steps.channels])])
  if (resize !== undefined) {
    const [rows, columns] = [0, 1].map((axis) => weights(resize, axis)) as [
      Float32Array,
      Float32Array,
    ]
    const [[h, w], [toH, toW]] = [resize.from, resize.to]
    add('MatMul', [constant(floatConstant(rows, [toH, h])), value])
    add('MatMul', [value, constant(floatConstant(transposed(columns, toW, w), [w, toW]))])
  }
  if (steps.scale !== undefined) add('Mul', [value, perChannel([steps.scale])])
  if (steps.mean !== undefined) add('Sub', [value, perChannel(steps.mean)])
  if (steps.std !== undefined) add('Div', [value, perChannel(steps.std)])
  if (steps.layout === 'nchw-to-nhwc') add('Transpose', [value], { perm: [0, 2, 3, 1] })
  const last = nodes.at(-1)
  if (last !== undefined) nodes[nodes.length - 1] = { ...last, outputs: [output] }
  return nodes
}

type Attributes = Readonly<Record<string, AttributeValue>>

/** Colours out of colours, as the weights [out, in, 1, 1] of a convolution. */
const mixing = {
  'grey-to-rgb': floatConstant(Float32Array.of(1, 1, 1), [3, 1, 1, 1]),
  'rgb-to-grey': floatConstant(luma, [1, 3, 1, 1]),
  'rgb-to-bgr': floatConstant(Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0), [3, 3, 1, 1]),
} as const

function weights(
  { from, to }: NonNullable<PreprocessingPlan['resize']>,
  axis: number,
): Float32Array {
  const [size, out] = [from[axis]!, to[axis]!]
  return axisWeights({
    size,
    out,
    scale: out / size,
    mode: 'linear',
    coordinates: 'half_pixel',
    nearest: '',
    cubic: 0,
    excludesOutside: false,
  })
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j]!
  }
  return turned
}

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: GraphNode['attributes'],
): GraphNode {
  return { name: output, op, domain: '', inputs, outputs: [output], attributes }
}
