import { proportion, type Random, seededRandom } from '@merlon/core'
import { type GradientAccess, type OnnxModel, openModel } from '@merlon/model'
import { type Norm, norms } from '@merlon/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeLong, describeWith } from '../../../tools/requirements.ts'
import type { AttackFunction, AttackParameters } from './attack.ts'
import { type AttackName, attackCatalogue, attackNames } from './catalogue.ts'
import type { Attack } from './declaration.ts'
import { keepInside } from './perturb.ts'
import { type Digits, farNoise, readDigits } from './real-digits.test-support.ts'

/** Where an attack that works fools nearly all digits of an undefended network, and noise next to none. */
const epsilons: Readonly<Record<Norm, number>> = { linf: 0.2, l2: 4, l1: 30, l0: 60 }
const count = 8

/** What an attack spends here where it can be told to spend less; labels alone tell little in each query. */
const small: Readonly<Record<Attack['access'], AttackParameters>> = {
  gradients: { steps: 25, restarts: 1, targets: 3, queries: 300 },
  scores: { steps: 100, queries: 300 },
  labels: { queries: 600 },
}
/** Attacks that need more than that, or something else. */
const special: Partial<Record<AttackName, AttackParameters>> = {
  simba: { queries: 800 },
  nes: { queries: 1000 },
  spsa: { queries: 1000 },
}

/**
 * How far samples of a surrogate carry is the surrogate's to say: transfer.test.ts trains one. A patch cannot choose where
 * it lies: patch.test.ts holds it against patches of noise. What needs thousands of queries on each digit is held to the same by
 * the long run, in score-attacks.test.ts.
 */
const without: readonly AttackName[] = ['transfer', 'patch', 'zoo', 'one-pixel']
const names = attackNames.filter((name) => !without.includes(name))

describeWith('shared', 'attacks against random noise', (shared) => {
  let model: OnnxModel
  let surrogate: OnnxModel
  let digits: Digits
  const noises = Object.fromEntries(norms.map((norm) => [norm, { hits: [] as number[], drawn: 0 }]))
  beforeAll(async () => {
    model = await openModel(`${shared}/data/models/mnist_std.onnx`, { threads: 1 })
    surrogate = await openModel(`${shared}/data/models/mnist_adv.onnx`, { threads: 1 })
    digits = readDigits(shared, count)
  })
  afterAll(async () => {
    await model.close()
    await surrogate.close()
  })

  async function beatsNoise(name: AttackName, norm: Norm): Promise<void> {
    const { run, access, parameters: declared, queriesPerSample } = attackCatalogue[name]
    const told = Object.entries({ ...small[access], ...special[name] }).filter(
      ([key]) => key in declared,
    )
    const parameters: AttackParameters = Object.fromEntries(told)
    const ball = { norm, epsilon: epsilons[norm], range: [0, 1] as const }
    const settings = { ...ball, ...parameters, random: seededRandom(1), surrogate }
    const attack: AttackFunction<GradientAccess> = run
    const { isAdversarial } = await attack(model, digits.images, digits.labels, settings)
    const fooled = isAdversarial.filter((isFooled) => isFooled).length
    const byNoise = await fooledByNoise(norm, queriesPerSample(parameters, model.classes))
    expect(intervalOf(fooled)[0]).toBeGreaterThan(intervalOf(byNoise)[1])
  }

  /** How many digits so many draws of noise fool; draws are made once and serve every attack. */
  async function fooledByNoise(norm: Norm, budget: number): Promise<number> {
    const noise = noises[norm]!
    const random: Random = seededRandom(2 + noise.drawn)
    const { images, labels } = digits
    const ball = { norm, epsilon: epsilons[norm], range: [0, 1] as const }
    for (; noise.drawn < budget; noise.drawn += 1) {
      const points = keepInside(farNoise(images, ball, random), images, ball).point
      for (const [i, label] of (await model.labels(points)).entries()) {
        if (label !== labels[i]) noise.hits[i] ??= noise.drawn
      }
    }
    return noise.hits.filter((hit) => hit < budget).length
  }

  describe('an attack beats as many draws of noise from the same ball: the 95 % intervals part', () => {
    test.each(names)('%s', (name) => beatsNoise(name, attackCatalogue[name].norms[0]!))
  })
  describeLong('the same in each other norm that an attack knows', () => {
    const others = names.flatMap((name) =>
      attackCatalogue[name].norms.slice(1).map((norm) => [name, norm] as const),
    )
    test.each(others)('%s in %s', beatsNoise)
  })
})

function intervalOf(fooled: number) {
  return proportion(fooled, count, { name: 'fooled', seed: 1, queries: 1 }).interval
}
