import { decompositions } from '../decompose/decomposed.ts'
import { listOperators } from '../decompose/lists.ts'
import type { GradientRules } from './rule.ts'
import { activationRules } from './rules/activation.ts'
import { columnImageRules } from './rules/column-image.ts'
import { convolutionRules } from './rules/convolution.ts'
import { einsumRules } from './rules/einsum.ts'
import { elementwiseRules } from './rules/elementwise.ts'
import { functionRules } from './rules/function.ts'
import { indexingRules } from './rules/indexing.ts'
import { linearRules } from './rules/linear.ts'
import { normalizationRules } from './rules/normalization.ts'
import { poolingRules } from './rules/pooling.ts'
import { reductionRules } from './rules/reduction.ts'
import { resizeRules } from './rules/resize.ts'
import { selectionRules } from './rules/selection.ts'
import { shapingRules } from './rules/shaping.ts'
import { sliceRules } from './rules/slice.ts'

/** How each operator of ONNX's own domain is differentiated. Adding an operator is adding a row to a family. */
export const gradientRules: GradientRules = {
  ...elementwiseRules,
  ...functionRules,
  ...activationRules,
  ...selectionRules,
  ...linearRules,
  ...convolutionRules,
  ...poolingRules,
  ...normalizationRules,
  ...reductionRules,
  ...shapingRules,
  ...indexingRules,
  ...einsumRules,
  ...sliceRules,
  ...resizeRules,
  ...columnImageRules,
}

/** The operators that can be differentiated. Constants need no rule: they stand in the graph. */
export const operatorsWithGradient: readonly string[] = [
  ...Object.keys(gradientRules),
  ...Object.keys(decompositions),
  ...listOperators,
  'Constant',
].sort()
