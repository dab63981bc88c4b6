import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Constraints, costOf, unitsOf } from './constraints.ts'
import { parseConstraints } from './parse-constraints.ts'
import { pullBack } from './pull-back.ts'
import { repair } from './repair.ts'
import { faultsOf } from './validate.ts'

/** A loan: income only rises, age never changes, a rate follows from two others, and one of three purposes. */
const described = {
  columns: [
    { name: 'age', range: [18, 90], step: 1, change: 'none' },
    { name: 'income', range: [0, 10_000], step: 100, change: 'rise', scale: 1000 },
    { name: 'debt', range: [0, 5_000], change: 'fall', scale: 500 },
    { name: 'owed share', range: [0, 100], change: 'free' },
    { name: 'purpose: car', range: [0, 1] },
    { name: 'purpose: tools', range: [0, 1] },
    { name: 'purpose: other', range: [0, 1], change: 'fall' },
    { name: 'total', range: [-5_000, 10_000] },
    { name: 'loan', range: [0, 20_000], step: 500 },
    { name: 'loans altogether', range: [0, 20_000], step: 250 },
  ],
  oneHot: [['purpose: car', 'purpose: tools', 'purpose: other']],
  rules: [
    { ratio: 'owed share', of: ['debt', 'income'] },
    { sum: 'total', of: { income: 1, debt: -1 } },
    { atMost: ['loan', 'loans altogether'] },
  ],
}
const constraints = parseConstraints(described)
const origin = Float32Array.of(40, 2000, 500, 0.25, 1, 0, 0, 1500, 3000, 4000)
const changed = (changes: Readonly<Record<number, number>>) =>
  origin.map((value, k) => changes[k] ?? value)
const sentences = (row: Float32Array) =>
  faultsOf(constraints, row, origin).map(({ sentence }) => sentence)

describe('faultsOf', () => {
  test('finds nothing in a row that can be made of another', () => {
    expect(sentences(origin)).toEqual([])
    expect(sentences(changed({ 1: 2500, 3: 0.2, 7: 2000, 4: 0, 5: 1, 8: 3500 }))).toEqual([])
  })

  test.each([
    [{ 0: 41 }, /age changed from 40 to 41/],
    [{ 1: 1000, 3: 0.5, 7: 500 }, /income fell from 2000 to 1000/],
    [{ 1: 2050, 3: 500 / 2050, 7: 1550 }, /income is 2050, not 0 and whole steps of 100/],
    [{ 2: 600, 3: 0.3, 7: 1400 }, /debt rose from 500 to 600/],
    [{ 2: 400, 7: 1600 }, /owed share is 0.25, not debt \/ income = 0.2/],
    [{ 2: 400, 3: 0.2 }, /total is 1500, not the sum 1600/],
    [{ 4: 0 }, /exactly one must be 1/],
    [{ 5: 1 }, /exactly one must be 1/],
    [{ 4: 0.5, 5: 0.5 }, /exactly one must be 1/],
    [{ 4: 0, 6: 1 }, /purpose: other rose from 0 to 1/],
    [{ 8: 4500 }, /loan is 4500, too much beside loans altogether of 4000/],
    [{ 8: 21_000, 9: 21_000 }, /outside 0 to 20000/],
    [{ 8: Number.NaN }, /loan is NaN/],
  ] as const)('finds what is wrong with %o', (changes, sentence) => {
    expect(sentences(changed(changes)).join('; ')).toMatch(sentence)
  })
})

describe('repair', () => {
  const number = fc.double({ min: -30_000, max: 30_000, noNaN: false })
  const anyPoint = fc.array(number, { minLength: 10, maxLength: 10 })

  test('makes a row that can exist of any point, and leaves it alone from then on', () => {
    fc.assert(
      fc.property(anyPoint, (values) => {
        const row = repair(constraints, origin, Float32Array.from(values))
        expect(sentences(row)).toEqual([])
        expect(repair(constraints, origin, row)).toEqual(row)
      }),
    )
  })

  test('leaves a row alone that can be made already', () => {
    const made = changed({ 1: 2500, 3: 0.2, 7: 2000, 4: 0, 5: 1, 8: 3500 })
    expect(repair(constraints, origin, made)).toEqual(made)
  })

  test('rounds to whole steps, keeps directions, and recomputes what follows', () => {
    const row = repair(constraints, origin, changed({ 0: 99, 1: 2449, 2: 900, 3: 77, 7: 0 }))
    expect([...row.subarray(0, 4)]).toEqual([40, 2400, 500, Math.fround(500 / 2400)])
    expect(row[7]).toBe(1900)
  })

  test('takes the category that stands out, unless it cannot be taken', () => {
    expect([...repair(constraints, origin, changed({ 4: 0.4, 5: 0.6 })).subarray(4, 7)]).toEqual([
      0, 1, 0,
    ])
    expect([...repair(constraints, origin, changed({ 4: 0.4, 6: 9 })).subarray(4, 7)]).toEqual([
      1, 0, 0,
    ])
  })

  test('pulls the lesser side of an inequality under the greater', () => {
    const row = repair(constraints, origin, changed({ 8: 9000 }))
    expect([row[8], row[9]]).toEqual([4000, 4000])
  })

  test('gives back what would break a computed column', () => {
    const tight = parseConstraints({
      columns: [
        { name: 'a', range: [0, 10] },
        { name: 'b', range: [0, 10] },
        { name: 'a b', range: [0, 20] },
      ],
      rules: [{ product: 'a b', of: ['a', 'b'] }],
    })
    const before = Float32Array.of(2, 3, 6)
    expect([...repair(tight, before, Float32Array.of(5, 4, 0))]).toEqual([5, 4, 20])
    expect([...repair(tight, before, Float32Array.of(5, 5, 0))]).toEqual([2, 3, 6])
  })
})

test('the units are what an adversary decides, and a change costs its size over the scale', () => {
  const units = unitsOf(constraints)
  expect(units.map((unit) => (unit.kind === 'column' ? unit.column : unit.columns))).toEqual([
    1,
    2,
    8,
    9,
    [4, 5, 6],
  ])
  const made = changed({ 1: 2500, 3: 0.2, 7: 2000, 4: 0, 5: 1 })
  expect(costOf(constraints, units, origin, made)).toBeCloseTo(0.5 + 1, 6)
})

test('a gradient is handed on through computed columns, as finite differences have it', () => {
  const chain = parseConstraints({
    columns: ['x', 'y', 'sum', 'product', 'ratio'].map((name) => ({ name, range: [-99, 99] })),
    rules: [
      { sum: 'sum', of: { x: 2, y: -1 }, offset: 1 },
      { product: 'product', of: ['sum', 'y'] },
      { ratio: 'ratio', of: ['product', 'x'] },
    ],
  })
  const slopes = Float32Array.of(1, -2, 3, 0.5, -4)
  const rowOf = (x: number, y: number) => {
    const sum = 2 * x - y + 1
    return [x, y, sum, sum * y, (sum * y) / x]
  }
  const value = (x: number, y: number) =>
    rowOf(x, y).reduce((total, each, k) => total + each * slopes[k]!, 0)
  const pulled = pullBack(chain, Float32Array.from(rowOf(3, 2)), slopes)
  const h = 1e-6
  expect(pulled[0]).toBeCloseTo((value(3 + h, 2) - value(3 - h, 2)) / (2 * h), 4)
  expect(pulled[1]).toBeCloseTo((value(3, 2 + h) - value(3, 2 - h)) / (2 * h), 4)
  expect([...pulled.subarray(2)]).toEqual([0, 0, 0])
})

describe('parseConstraints', () => {
  test('names columns by their place and sets what is not said', () => {
    expect(constraints.columns[3]).toEqual({
      name: 'owed share',
      low: 0,
      high: 100,
      change: 'free',
      scale: 100,
    })
    expect(constraints.oneHot).toEqual([[4, 5, 6]])
    expect(constraints.rules[0]).toEqual({ kind: 'ratio', column: 3, numerator: 2, denominator: 1 })
  })

  test('puts a computed column after those that it is computed from', () => {
    const { rules }: Constraints = parseConstraints({
      columns: ['x', 'y', 'z'].map((name) => ({ name, range: [0, 1] })),
      rules: [
        { product: 'z', of: ['y', 'x'] },
        { sum: 'y', of: { x: 0.5 } },
      ],
    })
    expect(rules.map((rule) => (rule.kind === 'at-most' ? -1 : rule.column))).toEqual([1, 2])
  })

  const one = { name: 'x', range: [0, 1] }
  const two = [one, { name: 'y', range: [0, 1] }]
  test.each([
    [null, /must be an object/],
    [{ columns: [] }, /columns is empty/],
    [{ columns: [one], colunms: [] }, /has "colunms", which is none of/],
    [{ columns: [{ ...one, chnage: 'rise' }] }, /"chnage"/],
    [{ columns: [{ ...one, change: 'up' }] }, /change is "up"; choose among free/],
    [{ columns: [{ ...one, range: [1, 0] }] }, /range must be \[low, high\]/],
    [{ columns: [{ ...one, range: [0, Number.NaN] }] }, /holds null; pass finite numbers/],
    [{ columns: [{ ...one, step: 0 }] }, /step must be above 0/],
    [{ columns: [{ ...one, scale: -1 }] }, /scale must be above 0/],
    [{ columns: [one, one] }, /"x" is described twice/],
    [{ columns: two, oneHot: [['x']] }, /needs two columns/],
    [{ columns: two, oneHot: [['x', 'z']] }, /names "z", which is no column/],
    [
      {
        columns: two,
        oneHot: [
          ['x', 'y'],
          ['y', 'x'],
        ],
      },
      /stands in two groups/,
    ],
    [{ columns: [one, { name: 'y', range: [0, 2] }], oneHot: [['x', 'y']] }, /must be \[0, 1\]/],
    [
      {
        columns: two,
        rules: [
          { sum: 'x', of: { y: 1 } },
          { product: 'y', of: ['x'] },
        ],
      },
      /computed from each other/,
    ],
    [
      {
        columns: two,
        rules: [
          { sum: 'x', of: { y: 1 } },
          { product: 'x', of: ['y'] },
        ],
      },
      /decided twice/,
    ],
    [{ columns: two, rules: [{ ratio: 'x', of: ['y'] }] }, /names 1 columns, not 2/],
    [{ columns: two, rules: [{ ratio: 'x', of: ['y', 'y'], gap: 1 }] }, /"gap"/],
    [{ columns: two, rules: [{}] }, /must be one of sum, ratio, product and atMost/],
  ])('refuses %j', (value, sentence) => {
    expect(() => parseConstraints(value)).toThrow(sentence)
    expect(() => parseConstraints(value)).toThrow(
      expect.objectContaining({ code: 'CONSTRAINTS_INVALID' }),
    )
  })

  test('survives any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseConstraints(value)
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONSTRAINTS_INVALID' })
        }
      }),
    )
  })
})
