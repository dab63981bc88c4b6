import { permutation, seededRandom } from '@merlon/core'
import { drawDigits } from '@merlon/dataset'
import {
  buildLenet,
  buildMlp,
  type OnnxModel,
  openModel,
  openTrainer,
  readModel,
  writeModel,
} from '@merlon/model'
import { gather, type Tensor } from '@merlon/tensor'

/** A node to be added: operator, inputs, output. Numbers among the inputs become constants. */
type Added = readonly [op: string, inputs: readonly (string | number)[], output: string]

/** Nodes before a model, from `x` to `y`, or after it, from `z` to `out`. */
export interface Wrapping {
  readonly before?: readonly Added[]
  readonly after?: readonly Added[]
}

const size = 16

/** Digits that the small models were trained on, and others to measure them on. */
export function digits(count: number, seed: number): { inputs: Tensor; labels: Int32Array } {
  return drawDigits({ count, seed, size })
}

/** A network that reads the small digits: its file, trained for a moment. */
export async function trained(architecture: 'mlp' | 'lenet'): Promise<Uint8Array> {
  const untrained =
    architecture === 'mlp'
      ? buildMlp({ inputShape: [1, size, size], classes: 10, hidden: [32], seed: 1 })
      : buildLenet({ inputShape: [1, size, size], classes: 10, seed: 1 })
  const optimizer = { kind: 'adam', learningRate: 0.01 } as const
  const trainer = await openTrainer(untrained, { optimizer, threads: 1 })
  const { inputs, labels } = digits(1000, 7)
  const random = seededRandom(3)
  for (let epoch = 0; epoch < 8; epoch++) {
    const order = permutation(1000, random)
    for (let at = 0; at < 1000; at += 100) {
      const chosen = order.subarray(at, at + 100)
      await trainer.step(
        gather(inputs, chosen),
        chosen.map((i) => labels[i]!),
      )
    }
  }
  const bytes = trainer.export()
  await trainer.close()
  return bytes
}

/** A model with nodes around it, as someone would export a defence with the model. */
export function wrapped(bytes: Uint8Array, { before = [], after = [] }: Wrapping): Uint8Array {
  const model = readModel(bytes)
  const { graph } = model
  const [like] = graph.node
  const [constant] = graph.initializer
  const input = graph.input[0]?.name ?? ''
  const output = graph.output[0]?.name ?? ''
  let added = 0
  const nodeOf = ([opType, inputs, made]: Added, names: Readonly<Record<string, string>>) => {
    const named = inputs.map((one) => {
      if (typeof one === 'string') return names[one] ?? one
      const name = `constant ${added++} of ${made}`
      const rawData = new Uint8Array(Float32Array.of(one).buffer)
      graph.initializer.push({ ...constant!, name, dims: [], floatData: [], rawData })
      return name
    })
    const name = `added ${added++}`
    return { ...like!, name, opType, input: named, output: [names[made] ?? made], attribute: [] }
  }
  if (before.length > 0) {
    for (const node of graph.node) node.input = node.input.map((at) => (at === input ? 'y' : at))
    graph.node.unshift(...before.map((one) => nodeOf(one, { x: input })))
  }
  if (after.length > 0) {
    for (const node of graph.node) node.output = node.output.map((at) => (at === output ? 'z' : at))
    graph.node.push(...after.map((one) => nodeOf(one, { out: output })))
  }
  return writeModel(model)
}

/** Opens a model's bytes on one thread. */
export function opened(bytes: Uint8Array): Promise<OnnxModel> {
  return openModel(bytes, { threads: 1 })
}
