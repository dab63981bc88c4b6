import { seededRandom, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import { row, rows, type Tensor, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackCatalogue } from '../catalogue.ts'
import { pgd } from '../gradient/pgd.ts'
import { hopSkipJump } from '../label/hop-skip-jump.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { nes } from '../score/nes.ts'
import { attackUnderConstraints } from './constrained-access.ts'
import { constrainedSearch } from './constrained-search.ts'
import { parseConstraints } from './parse-constraints.ts'

/** Whole x costs 1 a step and only rises, y is free at 1 a half, s is their sum, and one of three categories. */
const constraints = parseConstraints({
  columns: [
    { name: 'x', range: [0, 20], step: 1, change: 'rise', scale: 1 },
    { name: 'y', range: [-5, 5], scale: 0.5 },
    { name: 's', range: [-30, 30] },
    { name: 'a', range: [0, 1] },
    { name: 'b', range: [0, 1] },
    { name: 'c', range: [0, 1], change: 'none' },
    { name: 'fixed', range: [0, 100], change: 'none' },
  ],
  oneHot: [['a', 'b', 'c']],
  rules: [{ sum: 's', of: { x: 1, y: 1 } }],
})
/** Written anew: what a row made of [2, 0, 2, 1, 0, 0, 7] has to look like. */
function canExist(made: Float32Array): boolean {
  const [x, y, s, a, b, c, fixed] = made
  return (
    Number.isInteger(x) &&
    x! >= 2 &&
    x! <= 20 &&
    Math.abs(y!) <= 5 &&
    Math.abs(s! - x! - y!) < 1e-5 &&
    a! + b! === 1 &&
    a! * b! === 0 &&
    c === 0 &&
    fixed === 7
  )
}
const sample = [2, 0, 2, 1, 0, 0, 7]
const batch = tensor([3, 7], Float32Array.from([...sample, ...sample, ...sample]))
const labels = Int32Array.of(1, 1, 1)
/** The score of class 1 is 6.5 - s - 0.25 b: x has to rise, or y, by 4.5 in all, or by 4.25 with category b. */
const model = () => linearModel([new Array(7).fill(0), [0, 0, -1, 0, -0.25, 0, -0.01]], [0, 6.57])
const free = () => ({ constraints, random: seededRandom(1), queries: 1500 })

function onlyLabels(whole: LabelAccess): LabelAccess {
  const { inputShape, classes } = whole
  return { inputShape, classes, labels: (points) => whole.labels(points) }
}

describe('constrainedSearch', () => {
  test.each([
    ['scores', () => model()],
    ['labels', () => onlyLabels(model())],
  ] as const)('finds the cheapest row that can exist, by %s', async (_, access) => {
    const { adversarial, isAdversarial, costs } = await constrainedSearch(
      access(),
      batch,
      labels,
      free(),
    )
    expect(isAdversarial).toEqual([true, true, true])
    for (const i of [0, 1, 2]) {
      expect(canExist(row(adversarial, i))).toBe(true)
      // x by 4 costs 4 and y by 0.5 costs 1 more; the category would cost 1 to save half of that.
      expect(costs[i]).toBeGreaterThan(4.98)
      expect(costs[i]).toBeLessThan(6.3)
    }
  })

  test('asks only about rows that can exist, within its queries', async () => {
    const whole = model()
    const seen: Tensor[] = []
    const spying = {
      ...onlyLabels(whole),
      labels: (points: Tensor) => {
        seen.push(points)
        return whole.labels(points)
      },
    }
    const result = await constrainedSearch(spying, batch, labels, { ...free(), queries: 77 })
    for (const points of seen) {
      for (let i = 0; i < rows(points); i++) expect(canExist(row(points, i))).toBe(true)
    }
    expect(result.queries).toBe(whole.evaluated())
    expect(result.queries).toBeLessThanOrEqual(3 * 77)
  })

  test('keeps within the cost, and gives the best attempt where that is too little', async () => {
    const result = await constrainedSearch(model(), batch, labels, { ...free(), costMax: 3 })
    expect(result.isAdversarial).toEqual([false, false, false])
    for (const i of [0, 1, 2]) {
      expect(canExist(row(result.adversarial, i))).toBe(true)
      expect(row(result.adversarial, i)[2]).toBeGreaterThan(4)
    }
  })

  test('leaves a row alone that the model errs on', async () => {
    const zero = Int32Array.of(0, 0, 0)
    const result = await constrainedSearch(model(), batch, zero, free())
    expect(result).toMatchObject({ adversarial: batch, queries: 3 })
    expect([...result.costs]).toEqual([0, 0, 0])
  })

  test('refuses a row that breaks the constraints to begin with', async () => {
    const broken = tensor([1, 7], Float32Array.of(2, 1, 2, 1, 0, 0, 7))
    const refused = constrainedSearch(model(), broken, Int32Array.of(1), free())
    await expect(refused).rejects.toThrow(/row 0 breaks the constraints.*s is 2, not the sum 3/)
  })

  test('stops when told to', async () => {
    const signal = AbortSignal.abort(new Error('told to stop'))
    const task = { ...unattended, signal }
    await expect(constrainedSearch(model(), batch, labels, free(), task)).rejects.toThrow(
      'told to stop',
    )
  })
})

describe('attackUnderConstraints', () => {
  const settings = () =>
    ({ norm: 'l2', epsilon: 12, range: null, random: seededRandom(1), queries: 800 }) as const

  test.each([
    ['pgd', pgd],
    ['nes', nes],
    ['hop-skip-jump', hopSkipJump],
  ] as const)('%s makes rows that can exist', async (_, attack) => {
    const whole = model()
    const { adversarial, isAdversarial, queries } = await attackUnderConstraints(
      attack,
      whole,
      batch,
      labels,
      constraints,
      settings(),
    )
    expect(isAdversarial).toEqual([true, true, true])
    for (const i of [0, 1, 2]) expect(canExist(row(adversarial, i))).toBe(true)
    expect(await model().labels(adversarial)).toEqual(Int32Array.of(0, 0, 0))
    expect(queries).toBe(whole.evaluated())
  })

  test('a result that its repair carried out of the ball does not count', async () => {
    const tight = { ...settings(), epsilon: 3 }
    const { isAdversarial } = await attackUnderConstraints(
      pgd,
      model(),
      batch,
      labels,
      constraints,
      tight,
    )
    expect(isAdversarial).toEqual([false, false, false])
  })

  test('every attack of the catalogue that knows l2 keeps them', async () => {
    const one = tensor([1, 7], Float32Array.from(sample))
    for (const [name, { run, norms, access }] of Object.entries(attackCatalogue)) {
      if (
        !norms.includes('l2') ||
        access === 'gradients' ||
        name === 'transfer' ||
        name === 'square'
      )
        continue
      const short = { ...settings(), queries: 200 }
      const result = await attackUnderConstraints(
        run,
        model(),
        one,
        Int32Array.of(1),
        constraints,
        short,
      )
      expect(canExist(row(result.adversarial, 0))).toBe(true)
    }
  })
})
