import { expect, test } from 'vitest'
import { drawDigits } from './draw-digits.ts'

test('the same seed draws the same digits, and another seed others', () => {
  const first = drawDigits({ count: 20, seed: 7 })
  expect(drawDigits({ count: 20, seed: 7 })).toEqual(first)
  expect(drawDigits({ count: 20, seed: 8 }).inputs.data).not.toEqual(first.inputs.data)
})

test('a digit depends on the seed and its index, not on how many are drawn', () => {
  const few = drawDigits({ count: 5, seed: 3 })
  const many = drawDigits({ count: 50, seed: 3 })
  expect(many.inputs.data.slice(0, few.inputs.data.length)).toEqual(few.inputs.data)
  expect(many.labels.slice(0, 5)).toEqual(few.labels)
})

test('every digit occurs about as often as the others', () => {
  const counts = new Array<number>(10).fill(0)
  for (const label of drawDigits({ count: 2000, seed: 1 }).labels) counts[label]! += 1
  // Binomial(2000, 0.1) leaves 150..250 once in 10,000 draws.
  for (const count of counts) expect(count).toSatisfy((n: number) => n > 150 && n < 250)
})

test('grey levels are bytes in [0, 1], the digit is inked and its border is paper', () => {
  const { inputs } = drawDigits({ count: 200, seed: 5 })
  expect(inputs.shape).toEqual([200, 1, 28, 28])
  expect(inputs.data.map((value) => Math.round(value * 255) / 255)).toEqual(inputs.data)
  for (let i = 0; i < 200; i++) {
    const picture = inputs.data.subarray(i * 784, (i + 1) * 784)
    const inked = picture.filter((value) => value > 0.5).length
    expect(inked).toSatisfy((n: number) => n > 15 && n < 350)
    expect(picture.subarray(0, 28).filter((value) => value > 0.5).length).toBeLessThan(12)
  }
})

/** Nearest centroid is the simplest honest classifier: digits that it could not tell apart would not be digits. */
test('digits of one class resemble each other more than those of other classes', () => {
  const train = drawDigits({ count: 1500, seed: 1 })
  const held = drawDigits({ count: 300, seed: 2 })
  const centroids = Array.from({ length: 10 }, () => new Float64Array(784))
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 1500; i++) {
    const label = train.labels[i]!
    counts[label]! += 1
    for (let p = 0; p < 784; p++) centroids[label]![p]! += train.inputs.data[i * 784 + p]!
  }
  let correct = 0
  for (let i = 0; i < 300; i++) {
    const distances = centroids.map((sum, digit) => {
      let distance = 0
      for (let p = 0; p < 784; p++) {
        distance += (sum[p]! / counts[digit]! - held.inputs.data[i * 784 + p]!) ** 2
      }
      return distance
    })
    if (distances.indexOf(Math.min(...distances)) === held.labels[i]) correct++
  }
  // Well above the 10 % of chance, and below what needs no network at all.
  expect(correct / 300).toSatisfy((share: number) => share > 0.5 && share < 0.97)
})

test('other sizes are drawn to scale', () => {
  expect(drawDigits({ count: 2, seed: 1, size: 64 }).inputs.shape).toEqual([2, 1, 64, 64])
  expect(drawDigits({ count: 0, seed: 1 }).labels.length).toBe(0)
})
