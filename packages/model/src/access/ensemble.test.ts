import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import type { GradientAccess } from '../access.ts'
import { buildMlp } from '../build-mlp.ts'
import type { LossName } from '../gradient/losses.ts'
import { openModel } from '../onnx-model.ts'
import { floats, sketchedBytes } from '../test-graphs.test-support.ts'
import { ensemble } from './ensemble.ts'
import { withEstimatedGradient } from './estimated-gradient.ts'
import { lossOfScores } from './loss-of-scores.ts'

const batch: Tensor = { shape: [2, 3], data: Float32Array.of(0.2, -0.4, 0.9, -1, 0.3, 0.6) }
const labels = Int32Array.of(1, 3)
const targets = Int32Array.of(0, 2)
const losses: readonly LossName[] = [
  'cross-entropy',
  'margin',
  'dlr',
  'mse',
  'logit',
  'targeted-cross-entropy',
  'targeted-margin',
  'targeted-dlr',
]

/** A smooth classifier, so that differences show its slope; with a Softmax where probabilities are asked for. */
function smooth(seed: number, hasSoftmax: boolean): Uint8Array {
  const random = seededRandom(seed)
  const weights = (n: number) => Array.from({ length: n }, () => 2 * random() - 1)
  return sketchedBytes({
    inputs: [['x', [-1, 3]]],
    outputs: [['y', [-1, 4]]],
    nodes: [
      ['MatMul', ['x', 'a'], ['h']],
      ['Tanh', ['h'], ['t']],
      ['MatMul', ['t', 'b'], [hasSoftmax ? 'z' : 'y']],
      ...(hasSoftmax ? ([['Softmax', ['z'], ['y'], { axis: -1 }]] as const) : []),
    ],
    constants: { a: floats([3, 5], ...weights(15)), b: floats([5, 4], ...weights(20)) },
  })
}

async function slopesOf(model: GradientAccess, loss: LossName): Promise<number[]> {
  const step = 4e-3
  const at = async (k: number, by: number) => {
    const data = batch.data.slice()
    data[k]! += by
    const { losses: found } = await model.lossGradient({ ...batch, data }, labels, {
      loss,
      targets,
    })
    return found[Math.floor(k / 3)]!
  }
  const slopes: number[] = []
  for (let k = 0; k < 6; k++) slopes.push(((await at(k, step)) - (await at(k, -step))) / (2 * step))
  return slopes
}

describe.each(['logits', 'probabilities'] as const)('an ensemble by the mean of %s', (kind) => {
  test('answers the mean, and its gradient is what differences show, for every loss', async () => {
    const files = [1, 2, 3].map((seed) => smooth(seed, kind === 'probabilities'))
    const members = await Promise.all(files.map((file) => openModel(file, { threads: 1 })))
    const model = ensemble(members, kind)
    const answers = await Promise.all(members.map((member) => member.scores(batch)))
    const { data } = await model.scores(batch)
    for (let i = 0; i < 8; i++) {
      const sum = answers.reduce((total, answer) => total + answer.data[i]!, 0)
      expect(data[i]).toBeCloseTo(sum / 3, 6)
    }
    for (const loss of losses) {
      const { gradient } = await model.lossGradient(batch, labels, { loss, targets })
      const wanted = await slopesOf(model, loss)
      wanted.forEach((slope, k) => {
        expect(gradient.data[k], `${loss} ${k}`).toBeCloseTo(slope, 2)
      })
    }
    await Promise.all(members.map((member) => member.close()))
  })
})

test('an ensemble of one is that model, and gives no gradients where a member gives none', async () => {
  const one = await openModel(smooth(4, false), { threads: 1 })
  const { gradient, losses: found } = await ensemble([one], 'logits').lossGradient(batch, labels)
  const wanted = await one.lossGradient(batch, labels)
  gradient.data.forEach((value, k) => {
    expect(value).toBeCloseTo(wanted.gradient.data[k]!, 5)
  })
  expect(found[0]).toBeCloseTo(wanted.losses[0]!, 5)
  const bare = {
    inputShape: one.inputShape,
    classes: 4,
    labels: (x: Tensor) => one.labels(x),
    scores: (x: Tensor) => one.scores(x),
  }
  expect('lossGradient' in ensemble([one, bare], 'logits')).toBe(false)
  const other = await openModel(buildMlp({ inputShape: [3], classes: 2, hidden: [2], seed: 1 }))
  expect(() => ensemble([one, other], 'logits')).toThrow(/one sample shape/)
  expect(() => ensemble([], 'logits')).toThrow(/one sample shape/)
  await Promise.all([one.close(), other.close()])
})

test('a loss by hand is that of the derived graph', async () => {
  const one = await openModel(smooth(5, false), { threads: 1 })
  const { data } = await one.scores(batch)
  for (const loss of losses) {
    const wanted = await one.lossGradient(batch, labels, { loss, targets })
    for (const i of [0, 1]) {
      const { value } = lossOfScores(loss, data.slice(4 * i, 4 * i + 4), labels[i]!, targets[i]!)
      expect(value, loss).toBeCloseTo(wanted.losses[i]!, 5)
    }
  }
  expect(() => lossOfScores('targeted-dlr', [1, 2, 3], 0, 1)).toThrow(/compares 4 classes/)
  await one.close()
})

describe.each(['nes', 'spsa'] as const)('a gradient estimated by %s', (method) => {
  test('points where the exact one does, says that it is an estimate, and costs what it says', async () => {
    const one = await openModel(smooth(6, true), { threads: 1 })
    let asked = 0
    const counted = {
      inputShape: one.inputShape,
      classes: one.classes,
      labels: (x: Tensor) => one.labels(x),
      scores: (x: Tensor) => {
        asked += x.shape[0] ?? 0
        return one.scores(x)
      },
    }
    const model = withEstimatedGradient(counted, {
      method,
      directions: 2000,
      delta: 0.01,
      scoreKind: 'probabilities',
      random: seededRandom(8),
    })
    expect(model.gradientNotes).toEqual([
      { kind: 'estimated', operator: method.toUpperCase(), nodes: 2000 },
    ])
    const { gradient, losses: found } = await model.lossGradient(batch, labels)
    expect(asked).toBe(2 * (1 + 2 * 2000))
    const exact = await one.lossGradient(batch, labels)
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(exact.losses[i]!, 4)
    })
    const [a, b] = [gradient.data, exact.gradient.data]
    const dot = (x: Float32Array, y: Float32Array) =>
      x.reduce((sum, each, k) => sum + each * y[k]!, 0)
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.98)
    expect(dot(a, b) / dot(b, b)).toBeCloseTo(1, 0)
    await one.close()
  })
})
