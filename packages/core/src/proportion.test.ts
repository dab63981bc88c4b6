import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clopperPearson, wilson } from './proportion.ts'

/** Newcombe (1998), Statistics in Medicine 17:857-872, table I: score method and Clopper-Pearson. */
const newcombe = [
  { r: 81, n: 263, score: [0.2553, 0.3662], exact: [0.2527, 0.3676] },
  { r: 15, n: 148, score: [0.0624, 0.1605], exact: [0.0578, 0.1617] },
  { r: 0, n: 20, score: [0, 0.1611], exact: [0, 0.1684] },
  { r: 1, n: 29, score: [0.0061, 0.1718], exact: [0.0009, 0.1776] },
] as const

/** SciPy 1.17.1, binomtest(r, n).proportion_ci(method). */
const scipy = [
  [7, 10, [0.39677814746114526, 0.892208732593699], [0.3475471499399921, 0.9332604888222655]],
  [10, 20, [0.2992980081982124, 0.7007019918017876], [0.27195784956079133, 0.7280421504392086]],
  [29, 29, [0.8830302015002592, 1], [0.8805551309302788, 1]],
  [
    2,
    200,
    [0.002746658133544435, 0.0357217617161768],
    [0.0012133490137476003, 0.035654668397239866],
  ],
  [87, 100, [0.7901964855992357, 0.9224283257275948], [0.7879593229125502, 0.9289269538145403]],
  [9798, 10_000, [0.9768527835208543, 0.9823787316426444], [0.9768487597452213, 0.982466930598104]],
  [1, 1, [0.20654931437723745, 1], [0.025, 1]],
  [0, 1, [0, 0.7934506856227626], [0, 0.975]],
  [
    3,
    100_000,
    [1.0202758544517341e-5, 8.82080492517673e-5],
    [6.186763915927223e-6, 8.767020256784099e-5],
  ],
  [
    500_000,
    1_000_000,
    [0.4990200198900048, 0.5009799801099952],
    [0.4990195191953118, 0.5009804808046883],
  ],
] as const

/** The continued fraction and ln Gamma lose a few digits of the double's sixteen. */
const digits = 10

describe('intervals of a proportion', () => {
  test.each(newcombe)('$r of $n agrees with the published table', ({ r, n, score, exact }) => {
    for (const end of [0, 1] as const) {
      expect(wilson(r, n)[end]).toBeCloseTo(score[end], 4)
      expect(clopperPearson(r, n)[end]).toBeCloseTo(exact[end], 4)
    }
  })

  test.each(scipy)('%i of %i agrees with another implementation', (r, n, score, exact) => {
    for (const end of [0, 1] as const) {
      expect(wilson(r, n)[end]).toBeCloseTo(score[end], 12)
      expect(clopperPearson(r, n)[end]).toBeCloseTo(exact[end], digits)
    }
  })

  test('the exact interval has the tails that define it', () => {
    // For no success in n the upper end u solves (1 - u)^n = 0.025.
    for (const n of [1, 7, 100, 10_000]) {
      expect((1 - clopperPearson(0, n)[1]) ** n).toBeCloseTo(0.025, digits)
    }
  })

  const counts = fc
    .integer({ min: 1, max: 100_000 })
    .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))

  test.each([wilson, clopperPearson])(
    '%o holds the share, inside [0, 1], and mirrors',
    (interval) => {
      fc.assert(
        fc.property(counts, ([r, n]) => {
          const [low, high] = interval(r, n)
          expect(low).toBeGreaterThanOrEqual(0)
          expect(low).toBeLessThanOrEqual(r / n)
          expect(high).toBeGreaterThanOrEqual(r / n)
          expect(high).toBeLessThanOrEqual(1)
          const [mirroredLow, mirroredHigh] = interval(n - r, n)
          expect(mirroredLow).toBeCloseTo(1 - high, digits)
          expect(mirroredHigh).toBeCloseTo(1 - low, digits)
        }),
      )
    },
  )
})
