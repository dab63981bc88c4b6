import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distance } from './norm.ts'
import {
  clip,
  project as projectInto,
  projectL0,
  projectL1,
  projectL2,
  projectLinf,
} from './project.ts'
import { type Tensor, tensor } from './tensor.ts'

const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 })
const pair = fc
  .integer({ min: 1, max: 40 })
  .chain((n) =>
    fc.tuple(
      fc.array(number, { minLength: n, maxLength: n }),
      fc.array(number, { minLength: n, maxLength: n }),
    ),
  )
const epsilon = fc.double({ min: 0, max: 100, noNaN: true })
const sample = (values: readonly number[]): Tensor =>
  tensor([1, values.length], Float32Array.from(values))

describe.each([
  { norm: 'linf', project: projectLinf },
  { norm: 'l2', project: projectL2 },
  { norm: 'l1', project: projectL1 },
] as const)('projection to the $norm ball', ({ norm, project }) => {
  test('ends inside the ball, checked in double precision', () => {
    fc.assert(
      fc.property(pair, epsilon, ([x, centre], radius) => {
        const inside = project(sample(x), sample(centre), radius)
        const allowed = norm === 'linf' ? radius : radius * (1 + 1e-12)
        expect(distance(inside, sample(centre), norm, 0)).toBeLessThanOrEqual(allowed)
      }),
    )
  })

  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(pair, epsilon, ([x, centre], radius) => {
        const once = project(sample(x), sample(centre), radius)
        expect(project(once, sample(centre), radius)).toEqual(once)
      }),
    )
  })

  test('leaves a point inside alone, and its input untouched', () => {
    fc.assert(
      fc.property(pair, ([x, centre]) => {
        const point = sample(x)
        const far = distance(point, sample(centre), norm, 0)
        expect(project(point, sample(centre), far)).toEqual(sample(x))
        project(point, sample(centre), 0)
        expect(point).toEqual(sample(x))
      }),
    )
  })

  test('stops no more than a rounding short of the border', () => {
    fc.assert(
      fc.property(pair, fc.double({ min: 0.01, max: 100, noNaN: true }), ([x, centre], radius) => {
        const before = distance(sample(x), sample(centre), norm, 0)
        const after = distance(project(sample(x), sample(centre), radius), sample(centre), norm, 0)
        // Values below 1024 are 2^-14 apart at most, and a length adds up to 40 of them.
        const rounding = 2 ** -14 * (norm === 'l1' ? x.length : Math.sqrt(x.length))
        expect(after).toBeGreaterThanOrEqual(Math.min(before, radius) - rounding)
      }),
    )
  })

  test('treats the samples of a batch apart', () => {
    const x = tensor([2, 2], Float32Array.of(3, 4, 0.1, 0.1))
    const result = project(x, tensor([2, 2], new Float32Array(4)), 1)
    expect([...result.data.subarray(2)]).toEqual([...x.data.subarray(2)])
  })
})

test('the l2 projection keeps the direction', () => {
  const result = projectL2(sample([3, 4]), sample([0, 0]), 2.5)
  expect([...result.data]).toEqual([1.5, 2])
})

test('the l1 projection thresholds softly, as worked out by hand', () => {
  // Sizes 3 and 1 that shall sum to 2: one less of each leaves 2 and 0.
  expect([...projectL1(sample([3, -1]), sample([0, 0]), 2).data]).toEqual([2, 0])
  expect([...projectL1(sample([3, -2]), sample([0, 0]), 3).data]).toEqual([2, -1])
})

test('no point of the l1 ball is nearer than the projection', () => {
  fc.assert(
    fc.property(pair, epsilon, fc.integer(), ([x, inner], radius, pick) => {
      const origin = sample(x.map(() => 0))
      const nearest = projectL1(sample(x), origin, radius)
      const size = inner.reduce((sum, value) => sum + Math.abs(value), 0)
      const shrunk = inner.map((value) =>
        size === 0 ? 0 : (value * radius) / Math.max(size, radius),
      )
      const corner = x.map((_, k) => (k === Math.abs(pick) % x.length ? radius : 0))
      for (const other of [shrunk, corner]) {
        const away = distance(sample(x), sample(other), 'l2', 0)
        const best = distance(sample(x), nearest, 'l2', 0)
        expect(best).toBeLessThanOrEqual(away + 1e-3)
      }
    }),
  )
})

test('the l0 projection keeps the largest changes as they are', () => {
  const inside = projectL0(sample([5, 1, -7, 2]), sample([0, 1, 0, 1]), 2)
  expect([...inside.data]).toEqual([5, 1, -7, 1])
  expect(projectL0(inside, sample([0, 1, 0, 1]), 2)).toEqual(inside)
})

test('each norm has its own projection', () => {
  const [x, origin] = [sample([3, 4]), sample([0, 0])]
  expect(projectInto(x, origin, 'linf', 1)).toEqual(projectLinf(x, origin, 1))
  expect(projectInto(x, origin, 'l2', 1)).toEqual(projectL2(x, origin, 1))
  expect(projectInto(x, origin, 'l1', 1)).toEqual(projectL1(x, origin, 1))
  expect(projectInto(x, origin, 'l0', 1)).toEqual(projectL0(x, origin, 1))
})

test('clip moves into the range and only there', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (values) => {
      const result = clip(sample(values), -1, 1)
      for (const [k, value] of values.entries()) {
        expect(result.data[k]).toBe(Math.max(-1, Math.min(1, value)))
      }
      expect(clip(result, -1, 1)).toEqual(result)
    }),
  )
})
