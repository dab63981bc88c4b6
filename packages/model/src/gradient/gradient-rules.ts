import type { GradientRules } from './rule.ts'
import { convolutionRules } from './rules/convolution.ts'
import { elementwiseRules } from './rules/elementwise.ts'
import { linearRules } from './rules/linear.ts'
import { normalizationRules } from './rules/normalization.ts'
import { poolingRules } from './rules/pooling.ts'
import { reductionRules } from './rules/reduction.ts'
import { shapingRules } from './rules/shaping.ts'

/** How each operator of ONNX's own domain is differentiated. Adding an operator is adding a row to a family. */
export const gradientRules: GradientRules = {
  ...elementwiseRules,
  ...linearRules,
  ...convolutionRules,
  ...poolingRules,
  ...normalizationRules,
  ...reductionRules,
  ...shapingRules,
}

/** The operators that can be differentiated. Constants need no rule: they stand in the graph. */
export const operatorsWithGradient: readonly string[] = [
  ...Object.keys(gradientRules),
  'Constant',
].sort()
