import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { likeliestOthers, marginAnswer } from './answer.ts'

test('the margin is the best rival less the label, and NaN where a score is none', () => {
  const scores = tensor([3, 3], Float32Array.of(3, 5, 4, 3, 5, 4, 1, Number.NaN, 2))
  expect([...marginAnswer(scores, [1, 0, 0]).losses]).toEqual([-1, 2, Number.NaN])
})

test('probabilities are compared by logarithms, so that certainty is not one number', () => {
  const sure = tensor([2, 2], Float32Array.of(1, 1e-20, 1, 1e-30))
  const [near, far] = marginAnswer(sure, [0, 0]).losses
  expect(near).toBeCloseTo(Math.log(1e-20), 4)
  expect(far).toBeCloseTo(Math.log(1e-30), 4)
})

test('other classes come from the likeliest on, without the label', () => {
  const scores = tensor([1, 4], Float32Array.of(0.1, 9, 3, 0.1))
  expect(likeliestOthers(scores, [1], 9)).toEqual([Int32Array.of(2, 0, 3)])
  expect(likeliestOthers(scores, [2], 1)).toEqual([Int32Array.of(1)])
})
