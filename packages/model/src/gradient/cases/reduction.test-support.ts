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

/** All, some or no axes, stated as an attribute or as an input, whichever the opset has. */
function reduction(axesAreInputFrom: number, low = -2, high = 2): Draw {
  return (random) => {
    const shape = dims(random, whole(random, 1, 4))
    const all = shape.map((_, axis) => (chance(random) ? axis : axis - shape.length))
    const axes = all.filter(() => chance(random))
    const keepdims = whole(random, 0, 1)
    const opset = pick(random, [17, 18])
    const x = { shape, low, high, isBatched: chance(random) }
    const isInput = opset >= axesAreInputFrom
    if (axes.length === 0) {
      const noop = isInput ? whole(random, 0, 1) : undefined
      return { inputs: [x], attributes: { keepdims, noop_with_empty_axes: noop }, opset }
    }
    return isInput
      ? { inputs: [x, ints(...axes)], attributes: { keepdims }, opset }
      : { inputs: [x], attributes: { keepdims, axes }, opset }
  }
}

const overAxis = one(-2, 2, (random) => ({ axis: pick(random, [-1, 0]) }))

const cumSum: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const axis = whole(random, -shape.length, shape.length - 1)
  return {
    inputs: [
      { shape, isBatched: chance(random) },
      { shape: [], ints: [axis] },
    ],
    attributes: { exclusive: whole(random, 0, 1), reverse: whole(random, 0, 1) },
  }
}

export const reductionCases: RuleCases = {
  ReduceSum: reduction(13),
  ReduceMean: reduction(18),
  ReduceMax: reduction(18),
  ReduceMin: reduction(18),
  ReduceProd: reduction(18),
  ReduceL1: reduction(18),
  ReduceL2: reduction(18),
  ReduceSumSquare: reduction(18),
  ReduceLogSum: reduction(18, 0.5, 3),
  ReduceLogSumExp: reduction(18),
  Softmax: overAxis,
  LogSoftmax: overAxis,
  CumSum: cumSum,
  // Ranges whose count no probe changes.
  Range: (random) => ({
    inputs: [
      { shape: [], low: -0.05, high: 0.05 },
      { shape: [], ints: [whole(random, 0, 4) + 0.5], type: 'float32' },
      { shape: [], low: 0.95, high: 1.05 },
    ],
  }),
}
