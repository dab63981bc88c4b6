// Our side: a process that answers one JSON line on standard input with one on standard output.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pgd } from '@merlon/attacks'
import { seededRandom } from '@merlon/core'
import { readNpy, writeNpy } from '@merlon/dataset'
import { openClippedGradient, openModel, openTrainer } from '@merlon/model'
import { exportedNets } from './nets.mjs'

const [, , folder, threadsText] = process.argv
const threads = Number(threadsText)
const [epsilon, stepSize, steps] = [0.1, 0.025, 10]
const opened = new Map()

const work = {
  /** Ten steps, each one run that gives the gradient and takes the step. */
  async pgd({ model, batch, labels, box }) {
    let x = batch
    for (let step = 0; step < steps; step++) {
      x = (await model.signAscent(x, labels, { size: stepSize, ...box, range: [0, 1] })).point
    }
  },
  /** The product's own attack, which also judges its last point. */
  attack: ({ model, batch, labels }) =>
    pgd(model, batch, labels, {
      norm: 'linf',
      epsilon,
      range: [0, 1],
      steps,
      stepSize,
      random: seededRandom(1),
      randomStart: false,
      stopWhenFooled: false,
    }),
  sgd: ({ trainer, batch, labels }) => trainer.step(batch, labels),
  clip: ({ clipped, batch, labels }) => clipped.sum(batch, labels, { clip: 1 }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { task, net, times } = JSON.parse(line)
  const parts = await open(net)
  process.stdout.write(`${JSON.stringify(await answer(parts, task, times, net))}\n`)
}

async function answer(parts, task, times, net) {
  if (task === 'check') return check(parts, net)
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  for (let time = 0; time < times; time++) await work[task](parts)
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1000 / times, wallMs: (performance.now() - wall) / times }
}

/** The losses of the batch, the input gradient as a file; of nets that are trained the losses of five SGD steps and norms. */
async function check({ model, trainer, clipped, batch, labels }, net) {
  const { gradient, losses } = await model.lossGradient(batch, labels)
  await writeNpy(join(folder, net, 'ours.npy'), { type: 'float32', ...gradient })
  if (trainer === undefined) return { losses: Array.from(losses) }
  const { norms } = await clipped.sum(batch, labels, { clip: 1 })
  const curve = []
  for (let step = 0; step < 5; step++) curve.push((await trainer.step(batch, labels)).loss)
  return { losses: Array.from(losses), curve, norms: Array.from(norms) }
}

async function open(net) {
  const known = opened.get(net)
  if (known !== undefined) return known
  const bytes = new Uint8Array(readFileSync(join(folder, net, 'model.onnx')))
  const { data: labels } = await readNpy(join(folder, net, 'labels.npy'))
  const optimizer = { kind: 'sgd', learningRate: 0.01 }
  const batch = await readNpy(join(folder, net, 'input.npy'))
  const isTrained = !exportedNets.includes(net)
  const parts = {
    model: await openModel(bytes, { threads }),
    trainer: isTrained ? await openTrainer(bytes, { optimizer, threads }) : undefined,
    clipped: isTrained ? await openClippedGradient(bytes, { threads }) : undefined,
    batch,
    box: { low: moved(batch, -epsilon), high: moved(batch, epsilon) },
    labels,
  }
  opened.set(net, parts)
  return parts
}

function moved({ shape, data }, by) {
  return { shape, data: data.map((value) => value + by) }
}
