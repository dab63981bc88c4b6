import {
  chance,
  type Draw,
  dims,
  ints,
  one,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

function reduction(axesAreInputFrom: number): Draw {
  return (random) => {
    const shape = dims(random, whole(random, 1, 4))
    const all = shape.map((_, axis) => (chance(random) ? axis : axis - shape.length))
    const axes = all.filter(() => chance(random))
    const keepdims = whole(random, 0, 1)
    const opset = pick(random, [17, 18])
    const x = { shape, isBatched: chance(random) }
    if (axes.length === 0) return { inputs: [x], attributes: { keepdims }, opset }
    return opset >= axesAreInputFrom
      ? { inputs: [x, ints(...axes)], attributes: { keepdims }, opset }
      : { inputs: [x], attributes: { keepdims, axes }, opset }
  }
}

const overAxis = one(-2, 2, (random) => ({ axis: pick(random, [-1, 0]) }))

export const reductionCases: RuleCases = {
  ReduceSum: reduction(13),
  ReduceMean: reduction(18),
  Softmax: overAxis,
  LogSoftmax: overAxis,
}
