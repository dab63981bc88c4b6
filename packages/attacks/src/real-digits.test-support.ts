import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { proportion, seededRandom } from '@merlon/core'
import { type GradientAccess, openModel } from '@merlon/model'
import { gather, type Norm, type Tensor, tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import type { AttackFunction, AttackParameters } from './attack.ts'
import { type AttackName, attackCatalogue } from './catalogue.ts'
import { keepInside } from './perturb.ts'
import { whiteNoise } from './smooth-noise.ts'

export interface Digits {
  readonly images: Tensor
  readonly labels: Int32Array
}

/** The first `count` images of MNIST's test part, in [0, 1]. */
export function readDigits(shared: string, count: number): Digits {
  const folder = `${shared}/data/mnist`
  const pixels = gunzipSync(readFileSync(`${folder}/t10k-images-idx3-ubyte.gz`))
  const labels = gunzipSync(readFileSync(`${folder}/t10k-labels-idx1-ubyte.gz`))
  const data = Float32Array.from(pixels.subarray(16, 16 + count * 784), (byte) => byte / 255)
  return {
    images: tensor([count, 1, 28, 28], data),
    labels: Int32Array.from(labels.subarray(8, 8 + count)),
  }
}

export interface NoiseTrial {
  readonly norm: Norm
  readonly epsilon: number
  /** Without a budget in `queries`, noise is given what the attack may spend. */
  readonly parameters?: AttackParameters
  /** Images; 8 unless given. */
  readonly count?: number
}

/** The attack fools more digits than as many draws of random noise from the edge of the same ball: the 95 % intervals part. */
export function beatsRandomNoise(name: AttackName, shared: string, trial: NoiseTrial): void {
  const { norm, epsilon, parameters = {}, count = 8 } = trial
  const { run: declared, queriesPerSample } = attackCatalogue[name]
  const budget = parameters.queries ?? queriesPerSample(parameters, 10)
  test(`${name} in ${norm} fools more digits than noise of the same size and query budget`, async () => {
    const model = await openModel(`${shared}/data/models/mnist_std.onnx`, { threads: 1 })
    const { images, labels } = readDigits(shared, count)
    const ball = { norm, epsilon, range: [0, 1] as const }
    const settings = { ...ball, ...parameters, random: seededRandom(1) }
    // The test's model gives all access that there is.
    const run: AttackFunction<GradientAccess> = declared
    const attacked = await run(model, images, labels, settings)
    expect(attacked.queries).toBeLessThanOrEqual(count * budget)
    const fooled = attacked.isAdversarial.filter((isFooled) => isFooled).length

    let byNoise = 0
    const random = seededRandom(2)
    for (let i = 0; i < count; i++) {
      const same = gather(images, new Int32Array(budget).fill(i))
      const noise = keepInside(farNoise(same, trial, random), same, ball).point
      const answered = await model.labels(noise)
      if (answered.some((label) => label !== labels[i])) byNoise += 1
    }
    await model.close()
    const of = { name: 'fooled', seed: 1, queries: attacked.queries }
    const noiseHigh = proportion(byNoise, count, of).interval[1]
    expect(proportion(fooled, count, of).interval[0]).toBeGreaterThan(noiseHigh)
  })
}

/** Noise of the ball's size: signs for linf, whole components for l0, a random direction otherwise. */
export function farNoise(
  centre: Tensor,
  { norm, epsilon }: Pick<NoiseTrial, 'norm' | 'epsilon'>,
  random: () => number,
): Tensor {
  const noise = whiteNoise(centre.data.length, random)
  const size = noise.length / centre.shape[0]!
  const data = centre.data.slice()
  for (let k = 0; k < data.length; k++) {
    if (norm === 'linf') data[k] = data[k]! + epsilon * Math.sign(noise[k]!)
    else if (norm === 'l0') data[k] = random() < epsilon / size ? Math.round(random()) : data[k]!
    else data[k] = data[k]! + noise[k]! * epsilon
  }
  return tensor(centre.shape, data)
}
