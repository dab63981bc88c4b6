/** Break a model: evasion attacks as plain functions. Nothing here reads files or the network. */
export type { GradientAccess, LabelAccess, LossGradient, ScoreAccess } from '@merlon/model'
export type {
  AttackFunction,
  AttackParameters,
  AttackPart,
  AttackResult,
  AttackSettings,
  Ball,
  InputRange,
} from './attack.ts'
export { AttackError, type AttackErrorCode } from './attack-error.ts'
export { radiusOfSnr, snrDecibels } from './audio/snr.ts'
export { type AutoAttackOptions, autoAttack } from './auto-attack.ts'
export { type AttackName, attackCatalogue, attackNames, parseAttackName } from './catalogue.ts'
export { attackUnderConstraints } from './constraints/constrained-access.ts'
export {
  type ConstrainedResult,
  type ConstrainedSearchOptions,
  constrainedSearch,
} from './constraints/constrained-search.ts'
export {
  type Change,
  type Column,
  type Constraints,
  costOf,
  type Rule,
  unitsOf,
} from './constraints/constraints.ts'
export { parseConstraints } from './constraints/parse-constraints.ts'
export { repair } from './constraints/repair.ts'
export { type Fault, faultsOf } from './constraints/validate.ts'
export type { Attack, ParameterDeclaration } from './declaration.ts'
export { attackErrorPages } from './error-pages.ts'
export { type AttackEvidence, mergeEvidence, noEvidence } from './evidence.ts'
export { type ApgdOptions, apgd } from './gradient/apgd.ts'
export { type TargetedApgdOptions, targetedApgd } from './gradient/apgd-t.ts'
export { type BimOptions, bim } from './gradient/bim.ts'
export { type CwOptions, cw } from './gradient/cw.ts'
export { type CwLinfOptions, cwLinf } from './gradient/cw-linf.ts'
export { type DdnOptions, ddn } from './gradient/ddn.ts'
export { type DeepfoolOptions, deepfool } from './gradient/deepfool.ts'
export { type EadOptions, ead } from './gradient/ead.ts'
export { eotPgd } from './gradient/eot-pgd.ts'
export { type FabOptions, fab } from './gradient/fab.ts'
export { type FgsmOptions, fgsm } from './gradient/fgsm.ts'
export { type FmnOptions, fmn } from './gradient/fmn.ts'
export { type JsmaOptions, jsma } from './gradient/jsma.ts'
export { type MiFgsmOptions, miFgsm } from './gradient/mi-fgsm.ts'
export { type PatchOptions, patch } from './gradient/patch.ts'
export { defaultStepSize, type PgdOptions, pgd } from './gradient/pgd.ts'
export { type RFgsmOptions, rFgsm } from './gradient/r-fgsm.ts'
export { type UniversalOptions, universal } from './gradient/universal.ts'
export { type BoundaryOptions, boundary } from './label/boundary.ts'
export { type HopSkipJumpOptions, hopSkipJump } from './label/hop-skip-jump.ts'
export { type SignOptOptions, signOpt } from './label/sign-opt.ts'
export { type TransferOptions, transfer } from './label/transfer.ts'
export { attackOneByOne, type SingleTarget } from './one-by-one.ts'
export { attackRegression, missAccess, type RegressionTarget } from './regression.ts'
export { type NesOptions, nes } from './score/nes.ts'
export { type OnePixelOptions, onePixel } from './score/one-pixel.ts'
export { type SimbaBasis, type SimbaOptions, simba } from './score/simba.ts'
export { type SpsaOptions, spsa } from './score/spsa.ts'
export { type SquareOptions, square } from './score/square.ts'
export { type ZooOptions, zoo } from './score/zoo.ts'
export {
  attackTexts,
  type TextAttackOptions,
  type TextAttackResult,
  type TextScoreAccess,
} from './text/attack-texts.ts'
export { type EditKind, editKinds } from './text/edits.ts'
