import { activationCases } from './cases/activation.test-support.ts'
import { columnImageCases } from './cases/column-image.test-support.ts'
import { convolutionCases } from './cases/convolution.test-support.ts'
import type { RuleCases } from './cases/draw.test-support.ts'
import { einsumCases } from './cases/einsum.test-support.ts'
import { elementwiseCases } from './cases/elementwise.test-support.ts'
import { functionCases } from './cases/function.test-support.ts'
import { indexingCases } from './cases/indexing.test-support.ts'
import { linearCases } from './cases/linear.test-support.ts'
import { normalizationCases } from './cases/normalization.test-support.ts'
import { poolingCases } from './cases/pooling.test-support.ts'
import { reductionCases } from './cases/reduction.test-support.ts'
import { resizeCases } from './cases/resize.test-support.ts'
import { selectionCases } from './cases/selection.test-support.ts'
import { shapingCases } from './cases/shaping.test-support.ts'

/** How each row of the table is drawn for the property tests: every operator, every attribute that the rule reads. */
export const ruleCases: RuleCases = {
  ...elementwiseCases,
  ...functionCases,
  ...activationCases,
  ...selectionCases,
  ...linearCases,
  ...convolutionCases,
  ...poolingCases,
  ...normalizationCases,
  ...reductionCases,
  ...shapingCases,
  ...indexingCases,
  ...einsumCases,
  ...resizeCases,
  ...columnImageCases,
}
