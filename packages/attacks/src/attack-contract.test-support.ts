import { seededRandom, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import {
  distance,
  gather,
  type Norm,
  normL1,
  normL2,
  normLinf,
  slice,
  type Tensor,
  tensor,
} from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import type { AttackFunction, AttackParameters, AttackSettings, InputRange } from './attack.ts'
import { type AttackName, attackCatalogue } from './catalogue.ts'
import { linearModel, watched, withGradient } from './linear-model.test-support.ts'

/** A linear model, class 1 where w x > 0, on which an attack's best is known in closed form. */
interface Ground {
  readonly weights: readonly number[]
  readonly epsilon: number
  readonly range: InputRange
  /** One value per component: a point of label 1 at a multiple of the distance that epsilon reaches. */
  readonly pointAt: (multiple: number) => readonly number[]
}

const w = [1, -2, 0.5, 0]

/** A linear score falls within a ball by at most epsilon times the dual norm of its weights. */
function denseGround(dualNorm: (weights: Float32Array) => number): Ground {
  const epsilon = 0.2
  const reach = epsilon * dualNorm(Float32Array.from(w))
  const lengthSquared = normL2(Float32Array.from(w)) ** 2
  const middle = [0.5, 0.25, 0.5, 0.5]
  const offset = middle.reduce((sum, value, k) => sum + value * w[k]!, 0)
  const pointAt = (multiple: number) =>
    middle.map((value, k) => value + ((multiple * reach - offset) * w[k]!) / lengthSquared)
  return { weights: w, epsilon, range: null, pointAt }
}

/**
 * Without a range one component could fall for ever. In [-1, 1], of 8 components that each stand at v towards their
 * side, two take at most 2 (v + 1) off a score of 8 v: a multiple m of that is v = m / (4 - m).
 */
const sparseGround: Ground = {
  weights: [1, -1, 1, -1, 1, -1, 1, -1],
  epsilon: 2,
  range: [-1, 1],
  pointAt: (multiple) => sparseGround.weights.map((side) => (side * multiple) / (4 - multiple)),
}

const grounds: Readonly<Record<Norm, Ground>> = {
  linf: denseGround(normL1),
  l2: denseGround(normL2),
  l1: denseGround(normLinf),
  l0: sparseGround,
}

/** What an attack is known not to keep, and why its tests ask for less. */
export interface ContractExemptions {
  /** The share of the closed-form reach within which it is sure to fool; 0.95 unless given. */
  readonly sureWithin?: number
  /** Options that make the attack spend enough here. */
  readonly parameters?: AttackParameters
  /** For attacks on images: a shape that holds the components of the model, 8 in l0 and 4 otherwise. */
  readonly inputShape?: readonly number[]
  /** For attacks with a surrogate: it is the model itself. */
  readonly hasSurrogate?: boolean
  /** True where no closed form says what falls, and why stands beside it. */
  readonly hasNoReach?: boolean
}

/** The laws of every evasion attack, on a linear model where the right answer is known. */
export function attackContract(
  name: AttackName,
  norm: Norm,
  exemptions: ContractExemptions = {},
): void {
  const { sureWithin = 0.95, parameters = {}, hasSurrogate = false } = exemptions
  const { weights, epsilon, range, pointAt } = grounds[norm]
  const { inputShape = [weights.length] } = exemptions
  const { run, access, goal, queriesPerSample } = attackCatalogue[name]
  // The model of this suite gives all access that there is.
  const attack: AttackFunction<GradientAccess> = run
  const model = () => linearModel([weights.map(() => 0), [...weights]], [0, 0], inputShape)
  const settings = (): AttackSettings => ({
    ...parameters,
    norm,
    epsilon,
    range,
    random: seededRandom(1),
    ...(hasSurrogate ? { surrogate: model() } : {}),
  })
  const samplesOf = (values: readonly (readonly number[])[]) =>
    tensor([values.length, ...inputShape], Float32Array.from(values.flat()))
  /** Four values, over and over, up to the model's width. */
  const widened = (values: readonly number[]) => weights.map((_, k) => values[k % 4]!)
  const multiples = [0.1, 0.5, sureWithin, 1.05, 2]
  const batch = samplesOf(multiples.map(pointAt))
  const labels = new Int32Array(5).fill(1)

  function reachLaws() {
    test('fools exactly the samples within reach', async () => {
      const { isAdversarial } = await attack(model(), batch, labels, settings())
      expect(isAdversarial).toEqual([true, true, true, false, false])
    })
    if (goal === 'bounded') return
    test('comes as near as the closed form, without a limit', async () => {
      const free = { ...settings(), epsilon: Number.POSITIVE_INFINITY }
      const { adversarial, isAdversarial } = await attack(model(), batch, labels, free)
      expect(isAdversarial).toEqual(multiples.map(() => true))
      for (const [i, multiple] of multiples.entries()) {
        const least = multiple * epsilon
        const away = distance(adversarial, batch, norm, i)
        // A part of a component is a whole one in l0, and those that are left count for less than the first.
        expect(away).toBeGreaterThan(norm === 'l0' ? 0 : least * (1 - 1e-4))
        // Saliency maps change components two at a time.
        const most = norm === 'l0' ? Math.ceil(2 * least) + 1 : least / sureWithin
        expect(away).toBeLessThanOrEqual(most)
      }
    })
  }

  describe(`${name} keeps the attack contract in ${norm}`, () => {
    if (exemptions.hasNoReach !== true) reachLaws()

    test('agrees with the model about what it says', async () => {
      const result = await attack(model(), batch, labels, settings())
      expect(await model().labels(result.adversarial)).toEqual(result.labels)
      expect([...result.labels].map((label) => label !== 1)).toEqual(result.isAdversarial)
    })

    test('ends inside the ball and the range, checked in double precision', async () => {
      const narrow = { ...settings(), range: [0.3, 0.6] as const }
      const inside = samplesOf([widened([0.3, 0.6, 0.31, 0.59]), widened([0.45, 0.5, 0.3, 0.6])])
      const { adversarial } = await attack(model(), inside, Int32Array.of(1, 1), narrow)
      for (const i of [0, 1]) {
        expect(distance(adversarial, inside, norm, i)).toBeLessThanOrEqual(epsilon + 1e-6)
      }
      expect(adversarial.data.every((v) => v >= Math.fround(0.3) && v <= Math.fround(0.6))).toBe(
        true,
      )
    })

    test('a sample outside the range moves no farther out and stays in the ball', async () => {
      const outside = samplesOf([widened([1.5, -0.5, 0.5, 0.5])])
      const one = Int32Array.of(1)
      const result = await attack(model(), outside, one, { ...settings(), range: [0, 1] })
      expect(distance(result.adversarial, outside, norm, 0)).toBeLessThanOrEqual(epsilon + 1e-6)
      expect(result.adversarial.data[0]).toBeLessThanOrEqual(1.5)
      expect(result.adversarial.data[1]).toBeGreaterThanOrEqual(-0.5)
      expect(result.health.outsideRange).toBe(1)
    })

    test('does not write to its inputs', async () => {
      const own = gather(batch, [0, 1, 2, 3, 4])
      const ownLabels = labels.slice()
      await attack(model(), own, ownLabels, settings())
      expect(own).toEqual(batch)
      expect(ownLabels).toEqual(labels)
    })

    test('counts each evaluation, and spends no more than it declares', async () => {
      const counted = model()
      const { queries } = await attack(counted, batch, labels, settings())
      expect(queries).toBe(counted.evaluated())
      expect(queries).toBeLessThanOrEqual(5 * queriesPerSample(parameters, 2))
      expect(queries).toBeGreaterThan(0)
    })

    test('gives the best attempt, of higher loss, where it fails', async () => {
      const far = slice(batch, 4, 5)
      const { adversarial, isAdversarial } = await attack(
        model(),
        far,
        Int32Array.of(1),
        settings(),
      )
      expect(isAdversarial).toEqual([false])
      const before = await model().lossGradient(far, Int32Array.of(1))
      const after = await model().lossGradient(adversarial, Int32Array.of(1))
      expect(after.losses[0]).toBeGreaterThan(before.losses[0]!)
    })

    test('stops within one step of being told to', async () => {
      const stop = new AbortController()
      let runs = 0
      const stopping = watched(model(), () => {
        runs += 1
        stop.abort(new Error('told to stop'))
      })
      const task = { ...unattended, signal: stop.signal }
      await expect(attack(stopping, batch, labels, settings(), task)).rejects.toThrow(
        'told to stop',
      )
      expect(runs).toBe(1)
    })

    test('reports progress up to its end', async () => {
      const seen: [number, number][] = []
      const task = {
        ...unattended,
        progress: (done: number, all: number) => seen.push([done, all]),
      }
      await attack(model(), slice(batch, 4, 5), Int32Array.of(1), settings(), task)
      const [done, all] = seen.at(-1)!
      expect(done).toBe(all)
    })

    test('gives the same result for the same seed', async () => {
      const first = await attack(model(), batch, labels, settings())
      expect(await attack(model(), batch, labels, settings())).toEqual(first)
    })

    test('leaves an empty batch alone', async () => {
      const result = await attack(model(), slice(batch, 0, 0), new Int32Array(0), settings())
      expect(result.isAdversarial).toEqual([])
      expect(result.queries).toBe(0)
    })

    if (access === 'gradients') {
      const far = samplesOf(multiples.map(() => pointAt(3)))
      gradientLaws(attack, model, { batch, far, labels, settings })
    }

    test('epsilon 0 moves nothing', async () => {
      const { adversarial } = await attack(model(), batch, labels, { ...settings(), epsilon: 0 })
      expect(adversarial).toEqual(batch)
    })

    test.each([
      [{ epsilon: -1 }, /epsilon is -1/],
      [{ epsilon: Number.NaN }, /epsilon is NaN/],
      [{ range: [1, 0] as const }, /input range \[1, 0\] is empty/],
    ])('refuses %o', async (change, sentence) => {
      const refused = attack(model(), batch, labels, { ...settings(), ...change })
      await expect(refused).rejects.toThrow(sentence)
      await expect(refused).rejects.toMatchObject({ code: 'ATTACK_OPTION_INVALID' })
    })

    test.each([
      ['a wrong shape', tensor([5, 3], new Float32Array(15)), labels, /the model takes.*\[3\]/],
      ['too few labels', batch, labels.subarray(1), /5 samples came with 4 labels/],
      ['a label that nobody knows', batch, Int32Array.of(1, 1, 2, 1, 1), /sample 2 has label 2/],
    ])('refuses %s', async (_, samples, given, sentence) => {
      const refused = attack(model(), samples, given, settings())
      await expect(refused).rejects.toThrow(sentence)
      await expect(refused).rejects.toMatchObject({ code: 'ATTACK_INPUT_INVALID' })
    })
  })
}

/** What the laws of gradients are tried on; `far` is out of reach. */
interface Trial {
  readonly batch: Tensor
  readonly far: Tensor
  readonly labels: Int32Array
  readonly settings: () => AttackSettings
}

/** What holds of attacks that follow a gradient. */
function gradientLaws(
  attack: AttackFunction<GradientAccess>,
  model: () => GradientAccess,
  { batch, far, labels, settings }: Trial,
): void {
  test('says so when the gradient vanishes, and stays silent on the clean twin', async () => {
    const flat = withGradient(model(), (answer) => {
      const { shape, data } = answer.gradient
      return { ...answer, gradient: tensor(shape, new Float32Array(data.length)) }
    })
    const masked = await attack(flat, far, labels, settings())
    expect(masked.health).toMatchObject({ zeroGradients: 5, zeroGradientsStanding: 5 })
    const clean = await attack(model(), far, labels, settings())
    expect(clean.health).toMatchObject({ zeroGradients: 0, lossNeverRose: 0, notFinite: 0 })
  })

  test('a NaN in a gradient neither spreads nor goes unseen', async () => {
    const broken = withGradient(model(), (answer) => {
      const data = answer.gradient.data.map((slope, k) => (k % 4 === 0 ? Number.NaN : slope))
      return { ...answer, gradient: tensor(answer.gradient.shape, data) }
    })
    const { adversarial, health } = await attack(broken, batch, labels, settings())
    expect(adversarial.data.some(Number.isNaN)).toBe(false)
    expect(health.notFinite).toBe(5)
  })
}
