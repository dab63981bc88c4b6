import { intAttribute } from '../../attributes.ts'
import { broadcast } from './broadcast.ts'
import { conv, convTranspose } from './convolution.ts'
import { embedding } from './embedding.ts'
import { flattened } from './flattened.ts'
import type { Formula } from './formula.ts'
import { gemm, matMul } from './linear.ts'
import { batchNormalization, grouped } from './normalization.ts'

/** How each operator's parameters get a gradient per sample; what is not here runs sample by sample. */
const formulas: Readonly<Record<string, Formula>> = {
  Gemm: gemm,
  MatMul: matMul,
  Conv: conv,
  ConvTranspose: convTranspose,
  Gather: embedding,
  BatchNormalization: batchNormalization,
  InstanceNormalization: grouped((_, channels) => channels),
  GroupNormalization: grouped((node) => intAttribute(node, 'num_groups', 1)),
  ...broadcasting(
    ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Sum', 'Mean', 'Min', 'Max', 'Where'],
    ['PRelu', 'Expand', 'LayerNormalization', 'RMSNormalization'],
  ),
}

/** The formula of a use whose node gives a row, or some rows, per sample. */
export const perExample: Formula = (g, use, batch) => {
  const { node } = use
  const [y = ''] = node.outputs
  const isKnown = [y, ...node.inputs.filter((name) => name !== '')].every((name) =>
    g.facts.has(name),
  )
  if (node.domain !== '' || !isKnown) return undefined
  if (g.shape(y)[0] !== batch) return flattened(g, use, batch)
  return Object.hasOwn(formulas, node.op) ? formulas[node.op]?.(g, use, batch) : undefined
}

function broadcasting(...families: readonly (readonly string[])[]): Record<string, Formula> {
  return Object.fromEntries(families.flat().map((op) => [op, broadcast]))
}
