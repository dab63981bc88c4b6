import { permutation, seededRandom } from '@merlon/core'
import { buildMlp, openTrainer, readModel, writeModel } from '@merlon/model'
import { gather, tensor } from '@merlon/tensor'

/** A network of two hidden layers, trained on standardised columns; what it takes in the end are the columns as they are. */
export async function fitNetwork({ inputs, labels }, { epochs, seed }) {
  const [count, width] = inputs.shape
  const { mean, spread } = momentsOf(inputs)
  const standard = tensor(
    inputs.shape,
    inputs.data.map((value, k) => (value - mean[k % width]) / spread[k % width]),
  )
  const start = buildMlp({ inputShape: [width], classes: 2, hidden: [32, 32], seed })
  const optimizer = { kind: 'adamw', learningRate: 2e-3, weightDecay: 1e-2 }
  const trainer = await openTrainer(start, { optimizer, threads: 1 })
  const random = seededRandom(seed)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(count, random)
    for (let from = 0; from < count; from += 64) {
      const chosen = order.subarray(from, from + 64)
      await trainer.step(
        gather(standard, chosen),
        chosen.map((i) => labels[i]),
      )
    }
  }
  const bytes = trainer.export()
  const { values } = trainer
  const [weight, bias] = [values.get('fc1.weight'), values.get('fc1.bias')]
  // W (x - mean) / spread + b = (W / spread) x + (b - W mean / spread)
  const folded = weight.data.map((value, k) => value / spread[k % width])
  const shifted = bias.data.map((value, r) => {
    let sum = value
    for (let k = 0; k < width; k++) sum -= folded[r * width + k] * mean[k]
    return sum
  })
  await trainer.close()
  return withParameters(bytes, { 'fc1.weight': folded, 'fc1.bias': shifted })
}

function momentsOf({ shape: [count, width], data }) {
  const mean = new Float64Array(width)
  const square = new Float64Array(width)
  for (const [k, value] of data.entries()) {
    mean[k % width] += value / count
    square[k % width] += value ** 2 / count
  }
  const spread = square.map((value, k) => Math.sqrt(Math.max(0, value - mean[k] ** 2)) || 1)
  return { mean, spread }
}

function withParameters(bytes, parameters) {
  const model = readModel(bytes)
  const initializer = model.graph.initializer.map((proto) => {
    const data = parameters[proto.name]
    if (data === undefined) return proto
    const raw = new Uint8Array(
      data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength),
    )
    return { ...proto, floatData: [], rawData: raw }
  })
  return writeModel({ ...model, graph: { ...model.graph, initializer } })
}
