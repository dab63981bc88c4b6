import { float } from '../../attributes.ts'
import { chance, type Draw, dims, pick, type RuleCases, whole } from './draw.test-support.ts'

const gemm: Draw = (random) => {
  const [m, k, n] = [whole(random, 1, 4), whole(random, 1, 4), whole(random, 1, 4)]
  const transA = whole(random, 0, 2)
  const transB = whole(random, 0, 2)
  const c = pick(random, [[n], [1, n], [m, 1], [1], [m, n], undefined])
  return {
    inputs: [
      { shape: transA ? [k, m] : [m, k], isBatched: !transA && (c === undefined || c[0] !== m) },
      { shape: transB ? [n, k] : [k, n] },
      c === undefined ? undefined : { shape: c },
    ],
    attributes: { transA, transB, alpha: float(0.5 + random()), beta: float(0.5 + random()) },
  }
}

const matMul: Draw = (random) => {
  const [m, k, n, s] = dims(random, 4)
  const shapes: readonly (readonly [number[], number[]])[] = [
    [
      [m!, k!],
      [k!, n!],
    ],
    [
      [s!, m!, k!],
      [k!, n!],
    ],
    [
      [s!, m!, k!],
      [s!, k!, n!],
    ],
    [
      [m!, k!],
      [s!, k!, n!],
    ],
    [
      [1, s!, m!, k!],
      [2, 1, k!, n!],
    ],
    [[k!], [k!, n!]],
    [[m!, k!], [k!]],
    [[s!, m!, k!], [k!]],
    [[k!], [s!, k!, n!]],
    [[k!], [k!]],
  ]
  const [a, b] = pick(random, shapes)
  const isBatched = chance(random) && a.length > 1 && a[0] !== 1 && b.length < 3
  return { inputs: [{ shape: a, isBatched }, { shape: b }] }
}

export const linearCases: RuleCases = {
  Gemm: gemm,
  MatMul: matMul,
}
