import { gaussian, permutation, seededRandom } from '@merlon/core'
import { buildMlp, openTrainer, readModel, writeModel } from '@merlon/model'
import { gather } from '@merlon/tensor'
import { samples } from './spoken-digits.mjs'

/** Layers of a recogniser of raw waves: [from, to, kernel, stride], each followed by ReLU. */
const layers = [
  [1, 16, 64, 8],
  [16, 32, 16, 4],
  [32, 64, 8, 2],
]
const classes = 10

/** A network of one-dimensional convolutions, trained on waves. */
export async function fitRecognizer({ inputs, labels }, { epochs, seed }) {
  const optimizer = { kind: 'adam', learningRate: 2e-3 }
  const trainer = await openTrainer(untrained(seed), { optimizer, threads: 1 })
  const random = seededRandom(seed)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(labels.length, random)
    const learningRate = 2e-3 * 0.5 * (1 + Math.cos((Math.PI * epoch) / epochs))
    for (let from = 0; from < order.length; from += 32) {
      const chosen = order.subarray(from, from + 32)
      await trainer.step(
        gather(inputs, chosen),
        chosen.map((i) => labels[i]),
        learningRate,
      )
    }
  }
  const bytes = trainer.export()
  await trainer.close()
  return bytes
}

function untrained(seed) {
  const random = seededRandom(seed)
  // A network of the same input and output lends its messages.
  const { graph, ...model } = readModel(
    buildMlp({ inputShape: [1, samples], classes, hidden: [1], seed }),
  )
  const gemm = graph.node.findLast(({ opType }) => opType === 'Gemm')
  const { i: _, ...pattern } = gemm.attribute[0]
  const [proto] = graph.initializer
  const initializer = []
  const weights = (name, shape, deviation) => {
    const size = shape.reduce((product, each) => product * each, 1)
    const data = Float32Array.from({ length: size }, () => deviation * gaussian(random))
    const dims = shape.map(BigInt)
    initializer.push({ ...proto, name, dims, floatData: [], rawData: new Uint8Array(data.buffer) })
    return name
  }
  let value = graph.input[0].name
  const node = []
  const push = (opType, input, attribute, output = `${opType}_${node.length}`) => {
    node.push({ ...gemm, name: output, opType, input, attribute, output: [output] })
    value = output
  }
  for (const [l, [from, to, kernel, stride]] of layers.entries()) {
    const weight = weights(`conv${l}.weight`, [to, from, kernel], Math.sqrt(2 / (from * kernel)))
    const bias = weights(`conv${l}.bias`, [to], 0)
    const ints = (name, ...values) => ({ ...pattern, name, type: 7, ints: values.map(BigInt) })
    push('Conv', [value, weight, bias], [ints('kernel_shape', kernel), ints('strides', stride)])
    push('Relu', [value], [])
  }
  push('GlobalMaxPool', [value], [])
  push('Flatten', [value], [])
  const width = layers.at(-1)[1]
  const head = weights('head.weight', [classes, width], Math.sqrt(1 / width))
  push(
    'Gemm',
    [value, head, weights('head.bias', [classes], 0)],
    gemm.attribute,
    graph.output[0].name,
  )
  return writeModel({ ...model, graph: { ...graph, node, initializer, valueInfo: [] } })
}
