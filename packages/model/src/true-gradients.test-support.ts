import { deriveSeed, seededRandom } from '@merlon/core'
import { expect } from 'vitest'
import { numbersOf } from './constant.ts'
import type { Graph } from './graph.ts'
import { graphBytes } from './graph-file.ts'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { interpret } from './reference-interpreter.test-support.ts'
import { type Reference, reference } from './reference-tensor.test-support.ts'

const samples = 2
const probesPerTensor = 8
const step = 1e-5
/** Of the largest gradient of a tensor: what single precision leaves of sums over a few hundred terms. */
const tolerance = 1e-4

/**
 * Holds the gradients of a whole graph y(x), for the input and for every float initialiser, against central differences of the
 * cross-entropy that the reference interpreter computes in double precision.
 */
export async function expectTrueGradients(graph: Graph): Promise<void> {
  const [port] = graph.inputs
  const shape = [samples, ...(port?.shape?.slice(1) ?? [])]
  const random = seededRandom(deriveSeed(1, 'true gradients'))
  const size = shape.reduce((product, each) => product * each, 1)
  const data = Float32Array.from({ length: size }, () => 2 * random() - 1)
  const labels = Int32Array.of(0, 2)
  const bytes = graphBytes(graph)
  const model = await openModel(bytes, { threads: 1 })
  const answer = await model.lossGradient({ shape, data }, labels)
  await model.close()
  const parameters = await parameterGradients(bytes, { shape, data }, labels, { threads: 1 })

  const point: Record<string, Reference> = { x: reference(shape, data) }
  const gradients = new Map([['x', answer.gradient.data]])
  for (const [name, gradient] of parameters) {
    point[name] = reference(gradient.shape, numbersOf(graph.constants.get(name)!))
    // Parameters get the gradient of the mean.
    gradients.set(
      name,
      gradient.data.map((value) => samples * value),
    )
  }
  const learnt = [...graph.constants].filter(([, { type }]) => type === 'float32')
  expect([...gradients.keys()].sort()).toEqual(['x', ...learnt.map(([name]) => name)].sort())
  expect(crossEntropy(graph, point, labels)).toBeCloseTo(answer.losses[0]! + answer.losses[1]!, 4)
  for (const [name, gradient] of gradients) {
    const most = Math.max(1e-2, ...gradient.map(Math.abs))
    for (let i = 0; i < Math.min(gradient.length, probesPerTensor); i++) {
      const at = (shift: number) => {
        const moved = point[name]!.data.slice()
        moved[i]! += shift
        return crossEntropy(graph, { ...point, [name]: { ...point[name]!, data: moved } }, labels)
      }
      const truth = (at(step) - at(-step)) / (2 * step)
      expect(Math.abs(gradient[i]! - truth) / most, `${name}[${i}]`).toBeLessThanOrEqual(tolerance)
    }
  }
}

/** The sum over samples of -log softmax(y)[label]. */
function crossEntropy(
  graph: Graph,
  point: Readonly<Record<string, Reference>>,
  labels: Int32Array,
): number {
  const constants = new Map([...graph.constants].filter(([name]) => !Object.hasOwn(point, name)))
  const { y } = interpret({ ...graph, constants }, point)
  const classes = y!.shape[1]!
  return Array.from(labels, (label, row) => {
    const z = [...y!.data.slice(row * classes, (row + 1) * classes)]
    const total = z.reduce((sum, each) => sum + Math.exp(each), 0)
    return Math.log(total) - z[label]!
  }).reduce((sum, each) => sum + each, 0)
}
