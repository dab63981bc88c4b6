/** Typed-array tensors, norms, distances and sampling. Plain data and pure functions. */
export { sizeOf, type Tensor, tensor } from './tensor.ts'
