import { openDataset } from '@merlon/dataset'
import { openModel } from '@merlon/model'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { assess } from './assess.ts'
import { samplesInMemory } from './template-model.test-support.ts'
import { digits, opened, trained, type Wrapping, wrapped } from './wrapped-models.test-support.ts'

/** Models that look robust because an attack cannot see, and the sign that gives each away. */
const planted: readonly (readonly [name: string, wrapping: Wrapping, sign: string])[] = [
  [
    'softmax on softmax',
    {
      after: [
        ['Softmax', ['z'], 'p'],
        ['Softmax', ['p'], 'out'],
      ],
    },
    'softmax of a softmax',
  ],
  ['logits x 1000', { after: [['Mul', ['z', 1000], 'out']] }, 'saturated scores'],
  [
    'quantised input',
    {
      before: [
        ['Mul', ['x', 8], 'a'],
        ['Round', ['a'], 'b'],
        ['Div', ['b', 8], 'y'],
      ],
    },
    'no gradients',
  ],
  [
    'gradient killer',
    {
      before: [
        ['Sub', ['x', 0.5], 'a'],
        ['Mul', ['a', 1e5], 'b'],
        ['Clip', ['b', 0, 1], 'y'],
      ],
    },
    'zero gradients',
  ],
  [
    'dead ReLUs',
    {
      before: [
        ['Sub', ['x', 0.5], 'a'],
        ['Mul', ['a', 1e5], 'b'],
        ['Relu', ['b'], 'c'],
        ['Sub', [1, 'c'], 'd'],
        ['Relu', ['d'], 'e'],
        ['Sub', [1, 'e'], 'y'],
      ],
    },
    'zero gradients',
  ],
  [
    'noisy output',
    {
      after: [
        ['RandomNormalLike', ['z'], 'a'],
        ['Mul', ['a', 2], 'b'],
        ['Add', ['z', 'b'], 'out'],
      ],
    },
    'answers that vary',
  ],
  ['wrong range', { before: [['Div', ['x', 255], 'y']] }, 'data in another form'],
  [
    'non-differentiable preprocessing',
    {
      before: [
        ['Greater', ['x', 0.5], 'a'],
        ['Where', ['a', 1, 0], 'y'],
      ],
    },
    'no gradients',
  ],
]

const healthy: readonly (readonly [name: string, wrapping: Wrapping])[] = [
  ['as it was trained', {}],
  ['with probabilities', { after: [['Softmax', ['z'], 'out']] }],
  ['with a temperature of 10', { after: [['Div', ['z', 10], 'out']] }],
  ['with logits x 2', { after: [['Mul', ['z', 2], 'out']] }],
  [
    'with its scale undone',
    {
      before: [
        ['Mul', ['x', 255], 'a'],
        ['Div', ['a', 255], 'y'],
      ],
    },
  ],
  ['with a clip to the range', { before: [['Clip', ['x', 0, 1], 'y']] }],
  [
    'with a smooth squashing',
    {
      after: [
        ['Tanh', ['z'], 'a'],
        ['Add', ['a', 'z'], 'out'],
      ],
    },
  ],
]

describe('a model that only looks robust', () => {
  let mlp: Uint8Array
  let lenet: Uint8Array
  beforeAll(async () => {
    mlp = await trained('mlp')
    lenet = await trained('lenet')
  })

  async function unhealthyOf(bytes: Uint8Array) {
    const model = await opened(bytes)
    try {
      const { inputs, labels } = digits(48, 11)
      const report = await assess({
        model,
        modelPath: 'model.onnx',
        modelSha256: model.sha256,
        dataset: samplesInMemory(inputs, [...labels], 10, [0, 1]),
        attacks: ['pgd', 'square'],
        fallback: false,
        parameters: { steps: 10, queries: 60 },
        norm: 'linf',
        epsilon: [0.1],
        seed: 1,
        failOn: 'medium',
        clock: () => 0,
      })
      const names = report.health.filter(({ isHealthy }) => !isHealthy).map(({ name }) => name)
      const rules = report.findings.map(({ rule }) => rule)
      expect(rules.includes('evasion/untrustworthy-measurement')).toBe(names.length > 0)
      return { names, report }
    } finally {
      await model.close()
    }
  }

  test.each(planted)('is flagged: %s', async (_, wrapping, sign) => {
    const { names } = await unhealthyOf(wrapped(mlp, wrapping))
    expect(names).toContain(sign)
  })

  test.each(healthy)('is not a healthy one: %s', async (_, wrapping) => {
    const { names, report } = await unhealthyOf(wrapped(mlp, wrapping))
    expect(report.estimates[0]!.value).toBeGreaterThan(0.8)
    expect(names).toEqual([])
  })

  test('is not a healthy one: a convolutional network', async () => {
    expect((await unhealthyOf(lenet)).names).toEqual([])
  })
})

describeWith('shared', 'models that others trained', (shared) => {
  test.each(['mnist_std', 'mnist_adv'])('%s shows no sign of a masked model', async (name) => {
    const path = `${shared}/data/models/${name}.onnx`
    const model = await openModel(path, { threads: 1 })
    const report = await assess({
      model,
      modelPath: path,
      modelSha256: model.sha256,
      dataset: await openDataset(`${shared}/data/mnist`),
      attacks: ['apgd-ce', 'square'],
      parameters: { queries: 100 },
      samples: 48,
      norm: 'linf',
      epsilon: [0.1],
      seed: 1,
      failOn: 'medium',
      clock: () => 0,
    })
    await model.close()
    expect(report.health.filter(({ isHealthy }) => !isHealthy)).toEqual([])
  })
})
