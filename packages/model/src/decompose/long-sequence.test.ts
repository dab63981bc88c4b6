import { expect, test } from 'vitest'
import { openModel } from '../onnx-model.ts'
import { floats, type GraphSketch, sketchedBytes, wholes } from '../test-graphs.test-support.ts'

/** h_t = tanh(x_t + h_(t-1) / 2), of which the last is the score of class 0 and its double that of class 1. */
function recurrent(steps: number): GraphSketch {
  return {
    inputs: [['x', [-1, steps]]],
    outputs: [['y', [-1, 2]]],
    nodes: [
      ['Transpose', ['x'], ['turned'], { perm: [1, 0] }],
      ['Unsqueeze', ['turned', 'last'], ['line']],
      ['RNN', ['line', 'w', 'r'], ['all', 'end'], { hidden_size: 1 }],
      ['Squeeze', ['end', 'first'], ['h']],
      ['MatMul', ['h', 'pair'], ['y']],
    ],
    constants: {
      last: wholes(-1),
      first: wholes(0),
      w: floats([1, 1, 1], 1),
      r: floats([1, 1, 1], 0.5),
      pair: floats([1, 2], 1, 2),
    },
  }
}

test('a sequence that is long enough to be run without plans for memory has its gradient', async () => {
  const steps = 300
  const model = await openModel(sketchedBytes(recurrent(steps)), { threads: 1 })
  const batch = { shape: [2, steps], data: new Float32Array(2 * steps).fill(0.25) }
  const { gradient } = await model.lossGradient(batch, Int32Array.of(0, 1), { loss: 'logit' })
  await model.close()
  // d h_T / d x_t is the product of (1 - h^2) from t on, times 1/2 for each step between.
  const states = Array.from(slopes(steps, 0.25))
  for (const [t, slope] of states.entries()) {
    expect(gradient.data[t]).toBeCloseTo(slope, 6)
    expect(gradient.data[steps + t]).toBeCloseTo(2 * slope, 6)
  }
})

function slopes(steps: number, x: number): Float64Array {
  const h = new Float64Array(steps)
  for (let t = 0; t < steps; t++) h[t] = Math.tanh(x + (h[t - 1] ?? 0) / 2)
  const slope = new Float64Array(steps)
  let behind = 1
  for (let t = steps - 1; t >= 0; t--) {
    slope[t] = behind * (1 - h[t]! ** 2)
    behind = slope[t]! / 2
  }
  return slope
}
