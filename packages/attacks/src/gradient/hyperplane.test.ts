import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planeProjector } from './hyperplane.ts'

/** Eighths, so that no sum loses what it should compare. */
const eighths = (low: number, high: number) =>
  fc.integer({ min: low * 8, max: high * 8 }).map((value) => value / 8)
const trial = fc.record({
  w: fc.array(eighths(-4, 4), { minLength: 5, maxLength: 5 }),
  point: fc.array(eighths(0, 1), { minLength: 5, maxLength: 5 }),
  gap: eighths(-6, 6),
})

/** What each component may still move towards the plane, and the most that closes of the gap. */
function roomOf(w: Float32Array, point: Float32Array, gap: number) {
  const side = Math.sign(gap) || 1
  const room = Array.from(w, (value, k) => (value * side > 0 ? 1 - point[k]! : point[k]!))
  const most = room.reduce((sum, length, k) => sum + length * Math.abs(w[k]!), 0)
  return { room, most }
}

describe.each(['linf', 'l2'] as const)('the way to a plane inside a box, in %s', (norm) => {
  test('closes the gap, stays in the box, and no shorter way does', () => {
    fc.assert(
      fc.property(trial, ({ w: weights, point: place, gap }) => {
        const [w, point] = [Float32Array.from(weights), Float32Array.from(place)]
        const step = new Float64Array(5)
        const length = planeProjector(norm, 5, [0, 1]).project(w, gap, point, point, step)
        const { room, most } = roomOf(w, point, gap)
        const closed = step.reduce((sum, value, k) => sum + value * w[k]!, 0)
        const wanted = Math.sign(gap) * Math.min(Math.abs(gap), most)
        expect(Math.abs(closed - wanted)).toBeLessThan(1e-6)
        for (let k = 0; k < 5; k++) {
          expect(point[k]! + step[k]!).toBeGreaterThan(-1e-9)
          expect(point[k]! + step[k]!).toBeLessThan(1 + 1e-9)
        }
        if (Math.abs(gap) >= most) return
        if (norm === 'linf') {
          // No step whose components are all a little shorter closes the gap.
          const reach = room.reduce(
            (sum, r, k) => sum + Math.abs(w[k]!) * Math.min(r, length * 0.999),
            0,
          )
          expect(reach).toBeLessThanOrEqual(Math.abs(gap) + 1e-9)
        } else {
          // Kuhn and Tucker: components that the box does not stop move in proportion to their weights.
          const free = [0, 1, 2, 3, 4].filter(
            (k) => w[k] !== 0 && Math.abs(step[k]!) < room[k]! - 1e-9,
          )
          const pace = free.map((k) => step[k]! / w[k]!)
          for (const each of pace) expect(each).toBeCloseTo(pace[0]!, 6)
          for (const k of [0, 1, 2, 3, 4].filter((k) => w[k] !== 0 && !free.includes(k))) {
            expect(Math.abs(step[k]!)).toBeLessThanOrEqual(
              Math.abs((pace[0] ?? Infinity) * w[k]!) + 1e-6,
            )
          }
        }
      }),
    )
  })

  test('without a box it is the gap over the dual norm', () => {
    const w = Float32Array.of(3, -4, 0)
    const step = new Float64Array(3)
    const zero = new Float32Array(3)
    const length = planeProjector(norm, 3, null).project(w, -2, zero, zero, step)
    expect(length).toBeCloseTo(norm === 'linf' ? 2 / 7 : 2 / 5, 12)
    const expected = norm === 'linf' ? [-2 / 7, 2 / 7, 0] : [-6 / 25, 8 / 25, 0]
    for (const k of [0, 1, 2]) expect(step[k]).toBeCloseTo(expected[k]!, 12)
  })

  test('a sample outside the range may stay there but goes no farther', () => {
    const w = Float32Array.of(1, 1)
    const sample = Float32Array.of(1.5, 0.5)
    const step = new Float64Array(2)
    planeProjector(norm, 2, [0, 1]).project(w, 9, sample, sample, step)
    expect([...step]).toEqual([0, 0.5])
  })

  test('a gradient that is zero or no number goes nowhere', () => {
    const step = new Float64Array(2)
    const point = Float32Array.of(0.5, 0.5)
    const project = planeProjector(norm, 2, [0, 1]).project
    expect(project(Float32Array.of(0, Number.NaN), 1, point, point, step)).toBe(0)
    expect([...step]).toEqual([0, 0])
  })
})
