// The nets of the bench as ONNX from our own builders, and their weights, batch and labels as NPY for the other side.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gaussian, seededRandom } from '@merlon/core'
import { writeNpy } from '@merlon/dataset'
import { buildLenet, buildMlp, buildResnet20, openTrainer, readModel } from '@merlon/model'

// The builder of layers is no export of its package: the strided net stands here for the shape of many exported digits models.
const { LayerStack } = await import('../../packages/model/dist/architecture.js')

export const nets = {
  mlp: {
    inputShape: [1, 28, 28],
    build: (options) => buildMlp({ ...options, hidden: [256, 256] }),
  },
  cnn: { inputShape: [1, 28, 28], build: stridedCnn },
  lenet: { inputShape: [1, 28, 28], build: buildLenet },
  'resnet20-plain': { inputShape: [3, 32, 32], build: buildResnet20 },
}

/** Exported by PyTorch, so that they are measured where PyTorch is: exported_nets.py. */
export const exportedNets = ['resnet20', 'resnet18', 'mobilenetv2', 'vit']
const rows = 32
const seed = 1

/** Writes `folder/<net>`: model.onnx, input.npy, labels.npy and one NPY for each parameter. */
export async function writeNets(folder) {
  for (const [name, { inputShape, build }] of Object.entries(nets)) {
    const place = join(folder, name)
    mkdirSync(place)
    const random = seededRandom(seed)
    const shape = [rows, ...inputShape]
    const size = shape.reduce((product, each) => product * each, 1)
    const batch = { shape, data: Float32Array.from({ length: size }, () => random()) }
    const labels = Int32Array.from({ length: rows }, (_, row) => row % 10)
    const bytes = await stirred(build({ inputShape, classes: 10, seed }), batch, labels)
    writeFileSync(join(place, 'model.onnx'), bytes)
    await writeNpy(join(place, 'input.npy'), { type: 'float32', ...batch })
    await writeNpy(join(place, 'labels.npy'), { type: 'int32', shape: [rows], data: labels })
    for (const { name: parameter, dims, rawData } of readModel(bytes).graph.initializer) {
      const data = new Float32Array(rawData.slice().buffer)
      const array = { type: 'float32', shape: dims.map(Number), data }
      await writeNpy(join(place, `${parameter}.npy`), array)
    }
  }
}

/** A few steps, so that no parameter is zero any more and every gradient says something. */
async function stirred(bytes, batch, labels) {
  const trainer = await openTrainer(bytes, {
    optimizer: { kind: 'adam', learningRate: 0.003 },
    threads: 1,
  })
  const random = seededRandom(seed + 1)
  for (let step = 0; step < 5; step++) {
    const data = batch.data.map((value) => value + 0.1 * gaussian(random))
    await trainer.step({ shape: batch.shape, data }, labels)
  }
  const stirredBytes = trainer.export()
  await trainer.close()
  return stirredBytes
}

function stridedCnn(options) {
  const stack = new LayerStack(options)
  stack.conv('conv1', 1, 16, 4, { stride: 2, pad: 1 })
  stack.apply('Relu')
  stack.conv('conv2', 16, 32, 4, { stride: 2, pad: 1 })
  stack.apply('Relu')
  stack.apply('Flatten', { axis: 1 })
  stack.dense('fc1', 32 * 7 * 7, 100)
  stack.apply('Relu')
  stack.dense('fc2', 100, options.classes)
  return stack.bytes()
}
