/** Typed-array tensors, norms, distances and projections. Plain data and pure functions. */
export { distance, type Norm, normL1, normL2, normLinf, norms } from './norm.ts'
export { clip, project, projectL0, projectL1, projectL2, projectLinf } from './project.ts'
export { argmaxRows, gather, row, rows, slice, stack } from './rows.ts'
export { sizeOf, type Tensor, tensor } from './tensor.ts'
