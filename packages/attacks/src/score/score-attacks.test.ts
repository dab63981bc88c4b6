import { seededRandom } from '@merlon/core'
import { distance, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { describeLong, describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { beatsRandomNoise } from '../real-digits.test-support.ts'
import { cosineBasis, pixelBasis } from './basis.ts'
import { nes } from './nes.ts'
import { onePixel } from './one-pixel.ts'
import { simba } from './simba.ts'
import { spsa } from './spsa.ts'
import { zoo } from './zoo.ts'

attackContract('simba', 'l2', { parameters: { queries: 400 } })
attackContract('spsa', 'linf', { parameters: { queries: 1500 } })
attackContract('spsa', 'l2', { parameters: { queries: 3000 } })
attackContract('nes', 'linf', { parameters: { queries: 1200 } })
attackContract('nes', 'l2', { parameters: { queries: 2000 } })
attackContract('zoo', 'l2', { parameters: { queries: 3000 } })
attackContract('one-pixel', 'l0', { parameters: { queries: 3000 } })

const one = Int32Array.of(1)
/** 3 x - 4 y + 1: a point's margin against class 0 falls by 5 a unit of l2, by 7 a unit of linf. */
const plane = () =>
  linearModel(
    [
      [0, 0],
      [3, -4],
    ],
    [0, 1],
  )
const settings = (queries: number) => ({ range: null, random: seededRandom(3), queries })

describe('score attacks on a plane', () => {
  test.each([
    ['spsa in linf', spsa, 'linf', [-1, 1]],
    ['nes in linf', nes, 'linf', [-1, 1]],
    ['spsa in l2', spsa, 'l2', [-0.6, 0.8]],
    ['nes in l2', nes, 'l2', [-0.6, 0.8]],
    ['simba in l2', simba, 'l2', [-0.6, 0.8]],
  ] as const)('%s goes where the margin rises fastest', async (_, attack, norm, way) => {
    const far = tensor([1, 2], Float32Array.of(10, -10))
    const { adversarial, isAdversarial } = await attack(plane(), far, one, {
      ...settings(2000),
      norm,
      epsilon: 0.5,
    })
    expect(isAdversarial).toEqual([false])
    expect((adversarial.data[0]! - 10) / 0.5).toBeCloseTo(way[0], 1)
    expect((adversarial.data[1]! + 10) / 0.5).toBeCloseTo(way[1], 1)
  })

  test('zoo finds the foot of the perpendicular', async () => {
    const point = tensor([1, 2], Float32Array.of(1, -0.5))
    const free = { ...settings(4000), norm: 'l2', epsilon: 10 } as const
    const { adversarial, isAdversarial } = await zoo(plane(), point, one, free)
    expect(isAdversarial).toEqual([true])
    expect(distance(adversarial, point, 'l2', 0)).toBeLessThan(1.2 * 1.03)
  })

  test('probabilities that hardly move lead as well as logits', async () => {
    // Of a softmax at a margin of 40, float32 keeps 1 and 4e-18: only the logarithm tells the way.
    const steep = linearModel(
      [
        [0, 0],
        [30, -40],
      ],
      [0, 10],
    )
    const sure = {
      ...steep,
      scores: async (batch: Parameters<typeof steep.scores>[0]) => {
        const { shape, data } = await steep.scores(batch)
        const shares = data.map((z, k) => {
          const other = data[k % 2 === 0 ? k + 1 : k - 1]!
          return 1 / (1 + Math.exp(other - z))
        })
        return tensor(shape, shares)
      },
    }
    const point = tensor([1, 2], Float32Array.of(0.6, -0.3))
    const result = await nes(sure, point, one, { ...settings(2000), norm: 'l2', epsilon: 0.9 })
    expect(result.isAdversarial).toEqual([true])
  })
})

describe('one-pixel', () => {
  const weights = [1, -5, 2, 0.5, 0, 1]
  const image = (channels: number, places: number) => [channels, 1, places]

  test('changes the component that weighs most, and no other', async () => {
    const model = linearModel([weights.map(() => 0), weights], [0, 1.5], image(1, 6))
    const sample = tensor([1, 1, 1, 6], new Float32Array(6).fill(0.5))
    // The score is 1.25: the heaviest component takes 0.5 off it, the next one 1 at its other end.
    const { adversarial, isAdversarial } = await onePixel(model, sample, one, {
      norm: 'l0',
      epsilon: 1,
      range: [0, 0.6],
      random: seededRandom(1),
      queries: 2000,
    })
    expect(isAdversarial).toEqual([false])
    const changed = [...adversarial.data.keys()].filter((k) => adversarial.data[k] !== 0.5)
    expect(changed).toEqual([2])
    expect(adversarial.data[2]).toBe(0)
  })

  test('changes the channels of a pixel together where epsilon allows it', async () => {
    const model = linearModel([weights.map(() => 0), weights], [0, 10], image(2, 3))
    const sample = tensor([1, 2, 1, 3], new Float32Array(6).fill(0.5))
    const { adversarial } = await onePixel(model, sample, one, {
      norm: 'l0',
      epsilon: 3,
      range: [0, 1],
      random: seededRandom(1),
      queries: 2000,
    })
    const changed = [...adversarial.data.keys()].filter((k) => adversarial.data[k] !== 0.5)
    // Channels of the middle pixel: components 1 (-5) and 4 (0, which may take any value).
    expect(changed).toContain(1)
    expect(changed.every((k) => k === 1 || k === 4)).toBe(true)
  })

  test('refuses components without a range', async () => {
    const model = linearModel([[0], [1]], [0, 0])
    const sample = tensor([1, 1], Float32Array.of(1))
    const free = { ...settings(10), norm: 'l0', epsilon: 1 } as const
    await expect(onePixel(model, sample, one, free)).rejects.toThrow(/needs the range/)
  })
})

describe('a basis', () => {
  const zero = new Float32Array(2 * 3 * 4)

  test.each([
    ['pixel', pixelBasis],
    ['dct', cosineBasis],
  ] as const)('%s is orthonormal', (_, basis) => {
    const vectors = [...basis([2, 3, 4], seededRandom(1))].map((direction) => direction(zero, 1))
    expect(vectors.length).toBe(24)
    for (const [i, a] of vectors.entries()) {
      for (const [j, b] of vectors.entries()) {
        const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0)
        expect(product).toBeCloseTo(i === j ? 1 : 0, 6)
      }
    }
  })

  test('dct begins with constants', () => {
    const [first] = cosineBasis([1, 4, 4], seededRandom(1))
    expect([...first!(new Float32Array(16), 4)]).toEqual(new Array(16).fill(1))
  })

  test('dct is refused on samples that are no images', async () => {
    const far = tensor([1, 2], Float32Array.of(10, -10))
    const wave = { ...settings(10), norm: 'l2', epsilon: 1, basis: 'dct' } as const
    await expect(simba(plane(), far, one, wave)).rejects.toThrow(/\[channels, height, width\]/)
  })
})

describeLong('score attacks that need many queries', () => {
  describeWith('shared', 'on real digits', (shared) => {
    const parameters = { queries: 5000 }
    beatsRandomNoise('zoo', shared, { norm: 'l2', epsilon: 4, parameters })
    beatsRandomNoise('one-pixel', shared, { norm: 'l0', epsilon: 20, parameters, count: 16 })
  })
})
